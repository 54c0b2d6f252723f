// Any bytes as a pickle: a document or an Error.
#include "weights/pickle.h"

#include "engine/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    c3d::read_pickle(std::as_bytes(std::span(data, size)));
  } catch (const c3d::Error&) {
    return 0;
  }
  return 0;
}
