// A line of a file of JSON lines. Bytes of texts that are no UTF-8 become U+FFFD.
#pragma once

#include <string>
#include "engine/io/json.h"

namespace c3d {

inline std::string json_line(const nlohmann::ordered_json& json) { return dump_json(json) + "\n"; }

}  // namespace c3d
