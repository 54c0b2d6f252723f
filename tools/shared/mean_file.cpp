#include "tools/shared/mean_file.h"

#include <algorithm>

#include "engine/core/error.h"
#include "tools/shared/npy.h"

namespace c3d {
namespace {

constexpr std::int64_t kColours = 3;

// Calls move(position in files, position in ours) for every value of a cube of `places` pixels.
template <typename Move>
void for_each_value(std::int64_t places, const Move& move) {
  for (std::int64_t c = 0; c < kColours; ++c) {
    for (std::int64_t place = 0; place < places; ++place) {
      move(static_cast<std::size_t>(c * places + place), static_cast<std::size_t>(place * kColours + c));
    }
  }
}

// Without a leading 1, which says one cube.
Shape one_mean(const Shape& shape) {
  return shape.rank() == 5 && shape[0] == 1 ? Shape{shape[1], shape[2], shape[3], shape[4]} : shape;
}

// By what the file is.
NamedTensor read_any(const std::filesystem::path& path) {
  if (path.extension() == ".npy") return read_npy(path);
  fail("{}: a mean file is NumPy's .npy, [3,D,H,W] or three numbers", path.string());
}

}  // namespace

NamedTensor read_mean_file(const std::filesystem::path& path) {
  NamedTensor mean = read_any(path);
  const Shape shape = one_mean(mean.values.shape());
  const bool cube = shape.rank() == 4 && shape[0] == kColours;
  expect(mean.values.type() == DType::f32 && (cube || shape == Shape{kColours}),
         "{}: a mean is [3,D,H,W] or [3], this one is {}", path.string(), to_string(mean.values.shape()));
  mean.values = ConstTensor(mean.values.data(), shape, DType::f32, mean.values.place());
  return mean;
}

void set_mean(Preprocessing& preprocessing, const std::filesystem::path& path, std::int64_t clip_frames) {
  expect(preprocessing.profile == Profile::custom || preprocessing.profile == Profile::caffe_sports1m,
         "{}: the profile {} has its own mean; leave the file out, or choose custom", path.string(),
         to_string(preprocessing.profile));
  const NamedTensor mean = read_mean_file(path);
  const Shape& shape = mean.values.shape();
  if (shape.rank() == 1) {
    std::copy_n(mean.values.as<float>(), kColours, preprocessing.mean.begin());
    preprocessing.profile = Profile::custom;
    return;
  }
  const Shape wanted{kColours, clip_frames, preprocessing.resize_height, preprocessing.resize_width};
  expect(preprocessing.resize == ResizeRule::stretch && shape == wanted,
         "{}: the mean cube is {}, clips of this network are {} ([colours, frames, height, width])",
         path.string(), to_string(shape), to_string(wanted));
  preprocessing.mean_cube = cube_from_file_order(mean.values);
}

std::shared_ptr<const std::vector<float>> cube_from_file_order(ConstTensor cube) {
  auto ours = std::make_shared<std::vector<float>>(static_cast<std::size_t>(cube.count()));
  const float* const theirs = cube.as<float>();
  for_each_value(cube.count() / kColours, [&](std::size_t t, std::size_t o) { (*ours)[o] = theirs[t]; });
  return ours;
}

void cube_to_file_order(const std::vector<float>& ours, Tensor cube) {
  float* const theirs = cube.as<float>();
  for_each_value(cube.count() / kColours, [&](std::size_t t, std::size_t o) { theirs[t] = ours[o]; });
}

}  // namespace c3d
