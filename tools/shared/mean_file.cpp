#include "tools/shared/mean_file.h"

#include <algorithm>
#include <span>

#include "engine/core/error.h"
#include "engine/core/geometry.h"
#include "tools/shared/model_ranges.h"
#include "weights/caffe.h"

namespace c3d {
namespace {

// Calls move(position in files, position in ours) for every value of a cube of `places` pixels.
template <typename Move>
void for_each_value(std::int64_t places, const Move& move) {
  for (std::int64_t c = 0; c < kColours; ++c) {
    for (std::int64_t place = 0; place < places; ++place) {
      move(static_cast<std::size_t>(c * places + place), static_cast<std::size_t>(place * kColours + c));
    }
  }
}

}  // namespace

void set_mean(Preprocessing& preprocessing, const std::filesystem::path& path, std::int64_t clip_frames) {
  expect(preprocessing.profile == Profile::custom || preprocessing.profile == Profile::caffe_sports1m,
         "{}: the profile {} has its own mean; leave the file out, or choose custom", path,
         to_string(preprocessing.profile));
  const NamedTensor mean = read_mean(path);
  const Shape& shape = mean.values.shape();
  const NumberRange& range = model_range("mean");
  for (const float value : std::span(mean.values.as<float>(), static_cast<std::size_t>(shape.count()))) {
    expect(value >= range.least && value <= range.most, "{}: a mean of {}; it is {} to {}", path, value,
           range.least, range.most);
  }
  if (shape.rank() == 1) {
    std::copy_n(mean.values.as<float>(), kColours, preprocessing.mean.begin());
    preprocessing.profile = Profile::custom;
    return;
  }
  const Shape wanted{kColours, clip_frames, preprocessing.resize_height, preprocessing.resize_width};
  expect(preprocessing.resize == ResizeRule::stretch && shape == wanted,
         "{}: the mean cube is {}, clips of this network are {} ([colours, frames, height, width])", path,
         to_string(shape), to_string(wanted));
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
