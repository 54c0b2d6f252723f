// Any bytes as the state of a training run: a state whose tensors can be read to their ends, or an Error.
#include "engine/core/error.h"
#include "engine/train/checkpoint.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const c3d::MemoryFile file(std::span(data, size));
  try {
    const c3d::Checkpoint checkpoint = c3d::read_checkpoint(file.path());
    unsigned sum = 0;
    for (const c3d::NamedTensor& tensor : checkpoint.tensors.all()) {
      for (std::size_t i = 0; i < tensor.values.bytes(); ++i)
        sum += std::to_integer<unsigned>(tensor.values.data()[i]);
    }
    volatile unsigned kept = sum;
    static_cast<void>(kept);
  } catch (const c3d::Error&) {
  }
  return 0;
}
