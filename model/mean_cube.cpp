#include "model/mean_cube.h"

#include "engine/core/geometry.h"

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
