#include "weights/caffe.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/io/reading.h"
#include "engine/io/whole_file.h"
#include "weights/caffe_blob.h"
#include "weights/npy_array.h"
#include "weights/npz_file.h"

namespace c3d {
namespace {

constexpr std::int64_t kMeanColours = 3;

// [3,D,H,W] or [3]: a batch of one in front is dropped, a picture gets its depth.
Shape mean_shape(const std::vector<std::int64_t>& in_file) {
  std::span<const std::int64_t> extents = in_file;
  while (extents.size() > 1 && extents[0] == 1) extents = extents.subspan(1);
  const bool fits = !extents.empty() && extents[0] == kMeanColours &&
                    (extents.size() == 1 || extents.size() >= 3) && extents.size() <= 4 &&
                    std::ranges::all_of(extents, [](std::int64_t e) { return e > 0; });
  expect(fits, "[{}] is not the shape of a mean; [3, frames, height, width], [3, height, width] and [3] are",
         fmt::join(in_file, ", "));
  if (std::ranges::all_of(extents.subspan(1), [](std::int64_t e) { return e == 1; })) return {kMeanColours};
  if (extents.size() == 3) return {kMeanColours, 1, extents[1], extents[2]};
  return Shape(extents);
}

constexpr const char* kMeanName = "mean";  // in a .npz

NamedTensor mean_of_array(NpyArray values) {
  const auto array = std::make_shared<const NpyArray>(std::move(values));
  return {"mean", host_tensor(array->values.data(), mean_shape(array->extents)), array};
}

NamedTensor mean_of_blob(std::span<const std::byte> file) {
  const std::optional<CaffeNumbering> numbering = numbering_of(file);
  if (!numbering) {
    fail(
        "it is neither a .npy, a .npz nor a .binaryproto: its fields are numbered neither as in C3D v1.0 nor "
        "as in "
        "Caffe");
  }
  const CaffeBlob blob = parse_blob(file, *numbering);
  return {"mean", host_tensor(blob.values.data(), mean_shape(blob.extents)), blob.owner};
}

}  // namespace

NamedTensor parse_mean_file(std::span<const std::byte> file) {
  if (looks_like_npz(file)) return mean_of_array(parse_npz(file, kMeanName));
  return looks_like_npy(file) ? mean_of_array(parse_npy(file)) : mean_of_blob(file);
}

NamedTensor read_mean(const std::filesystem::path& path) {
  return reading(path, "the mean", [&] { return parse_mean_file(WholeFile(path).bytes()); });
}

}  // namespace c3d
