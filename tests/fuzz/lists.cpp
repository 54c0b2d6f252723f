// Any bytes as a list of videos and, behind the first zero byte, as its classInd.txt: a dataset or an Error.
#include <algorithm>

#include "data/dataset.h"
#include "engine/core/error.h"
#include "tests/fuzz/memory_file.h"

namespace {

void read_list(const std::filesystem::path& list, const c3d::ListOptions& options) {
  try {
    const c3d::Dataset dataset = c3d::read_dataset(list, options);
    const auto classes = static_cast<std::int64_t>(dataset.labels.size());
    for (const c3d::Video& video : dataset.videos) {
      if (video.label < 0 || video.label >= classes) std::abort();
      for (const std::int32_t label : video.label_set) {
        if (label < 0 || label >= classes) std::abort();
      }
    }
    // As a validation list of what it says itself.
    static_cast<void>(c3d::read_dataset(list, options, dataset.labels));
  } catch (const c3d::Error&) {  // what a broken list should give
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(data, size);
  const auto zero = static_cast<std::size_t>(std::ranges::find(bytes, std::uint8_t{0}) - bytes.begin());
  const c3d::MemoryFile list(bytes.first(zero));
  const c3d::MemoryFile classes(bytes.subspan(std::min(size, zero + 1)));
  c3d::ListOptions options{.root = "/nowhere", .classes = std::nullopt};
  if (zero < size) options.classes = classes.path();
  for (const bool label_sets : {false, true}) {
    options.label_sets = label_sets;
    read_list(list.path(), options);
  }
  return 0;
}
