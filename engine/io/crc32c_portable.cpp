#include "engine/io/crc32c.h"

namespace c3d {

Crc32cFunction fastest_crc32c() { return crc32c_by_tables; }

}  // namespace c3d
