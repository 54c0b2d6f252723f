// Any bytes as the index of a cache: entries within their ranges, or none.
#include "data/index_file.h"

#include "engine/core/error.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const c3d::MemoryFile file(std::span(data, size));
  try {
    for (const auto& [name, entry] : c3d::read_index(file.path())) {
      if (entry.error.empty() && entry.frames <= 0) std::abort();
    }
  } catch (const c3d::Error&) {
  }
  return 0;
}
