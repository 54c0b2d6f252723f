// libFuzzer: whatever bytes a .caffemodel or a mean consists of, reading them ends in tensors or in an Error.
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/core/error.h"
#include "weights/caffe.h"

namespace {

template <typename Parse>
void attempt(const Parse& parse) {
  try {
    static_cast<void>(parse());
  } catch (const c3d::Error&) {  // what a broken file should give
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> file = std::as_bytes(std::span(data, size));
  attempt([&] { return c3d::looks_like_caffemodel(file); });
  attempt([&] { return c3d::parse_caffemodel(file); });
  attempt([&] { return c3d::parse_mean_file(file); });
  return 0;
}
