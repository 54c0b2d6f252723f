// Any bytes as a list of videos and, behind the first zero byte, as its classInd.txt: a dataset or an Error.
#include <algorithm>

#include "data/dataset.h"
#include "engine/core/error.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(data, size);
  const auto zero = static_cast<std::size_t>(std::ranges::find(bytes, std::uint8_t{0}) - bytes.begin());
  const c3d::MemoryFile list(bytes.first(zero));
  const c3d::MemoryFile classes(bytes.subspan(std::min(size, zero + 1)));
  try {
    c3d::ListOptions options{.root = "/nowhere", .classes = std::nullopt};
    if (zero < size) options.classes = classes.path();
    const c3d::Dataset dataset = c3d::read_dataset(list.path(), options);
    for (const c3d::Video& video : dataset.videos) {
      if (video.label < 0 || video.label >= static_cast<std::int64_t>(dataset.labels.size())) std::abort();
    }
    // As a validation list of what it says itself.
    static_cast<void>(c3d::read_dataset(list.path(), options, dataset.labels));
  } catch (const c3d::Error&) {  // what a broken list should give
  }
  return 0;
}
