#include "c3d/common/mean_file.h"

#include <algorithm>
#include <span>

#include "engine/core/error.h"
#include "engine/core/geometry.h"
#include "model/mean_cube.h"
#include "model/model_ranges.h"
#include "weights/caffe.h"

namespace c3d {

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
  expect(
      preprocessing.resize == ResizeRule::stretch,
      "{}: a mean cube is subtracted where each pixel stood in a frame of one size, and resize {} keeps each "
      "video's shape: choose {}, or give three numbers",
      path, to_string(preprocessing.resize), to_string(ResizeRule::stretch));
  const Shape wanted{kColours, clip_frames, preprocessing.resize_height, preprocessing.resize_width};
  expect(shape == wanted,
         "{}: the mean cube is {}, clips of this network are {} ([colours, frames, height, width])", path,
         to_string(shape), to_string(wanted));
  preprocessing.mean_cube = cube_from_file_order(mean.values);
}

}  // namespace c3d
