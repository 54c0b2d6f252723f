// Any bytes as one of PyTorch's files, zip or stream: tensors that can be read to their ends, or an Error.
#include <cstdint>

#include "engine/core/error.h"
#include "weights/torch_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    float sum = 0;
    const c3d::NamedTensors tensors = c3d::read_torch_bytes(std::as_bytes(std::span(data, size)), nullptr);
    for (const c3d::NamedTensor& tensor : tensors.all()) {
      for (std::int64_t i = 0; i < tensor.values.count(); ++i) sum += tensor.values.as<float>()[i];
    }
    volatile float kept = sum;
    static_cast<void>(kept);
  } catch (const c3d::Error&) {
    return 0;
  }
  return 0;
}
