// Any bytes as a .npy file: as many values as its extents say, or an Error.
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <numeric>

#include "engine/core/error.h"
#include "weights/npy_array.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const c3d::NpyArray array = c3d::parse_npy(std::as_bytes(std::span(data, size)));
    const auto count =
        std::accumulate(array.extents.begin(), array.extents.end(), std::int64_t{1}, std::multiplies<>());
    if (count != static_cast<std::int64_t>(array.values.size())) std::abort();
  } catch (const c3d::Error&) {
  }
  return 0;
}
