// Any bytes as a safetensors file, in memory: tensors that can be read to their ends, or an Error.
#include "engine/io/safetensors.h"

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "engine/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = ::memfd_create("fuzz", 0);
  if (file < 0 || ::write(file, data, size) != static_cast<ssize_t>(size)) return -1;
  try {
    unsigned sum = 0;
    const c3d::NamedTensors tensors = c3d::read_safetensors("/proc/self/fd/" + std::to_string(file));
    for (const c3d::NamedTensor& tensor : tensors.all()) {
      for (std::size_t i = 0; i < tensor.values.bytes(); ++i) {
        sum += std::to_integer<unsigned>(tensor.values.data()[i]);
      }
    }
    volatile unsigned kept = sum;
    static_cast<void>(kept);
  } catch (const c3d::Error&) {
    ::close(file);
    return 0;
  }
  ::close(file);
  return 0;
}
