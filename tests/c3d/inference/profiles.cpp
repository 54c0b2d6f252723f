// What frames become under each profile, against what OpenCV and NumPy make of them as the profile's origin
// does (tools/scripts/make_profile_golden.py).
#include <cmath>
#include <optional>

#include "c3d/inference/classifier.h"
#include "c3d/inference/clip_stream.h"
#include "catch.h"
#include "engine/io/safetensors.h"
#include "kernels/reference/reference_backend.h"

namespace c3d {
namespace {

constexpr std::int64_t kCrop = 112, kClipFrames = 16, kEvery = 7, kKept = 16, kKeptFrames = 3;
const std::filesystem::path kGolden = C3D_SOURCE_DIR "/tests/golden/weights";

// As cube() of the script, in our order.
std::shared_ptr<const std::vector<float>> mean_cube() {
  auto cube = std::make_shared<std::vector<float>>();
  for (int d = 0; d < kClipFrames; ++d) {
    for (int h = 0; h < 128; ++h) {
      for (int w = 0; w < 171; ++w) {
        for (int c = 0; c < 3; ++c) {
          cube->push_back(static_cast<float>((c * 41 + d * 7 + h * 3 + w * 2) % 128));
        }
      }
    }
  }
  return cube;
}

Clip first_clip(const ModelInfo& info) {
  const std::filesystem::path frames = kGolden / "profile_frames";
  const std::vector<Input> inputs{{"frames", frames, "frames", ""}};
  ClipStream stream(inputs, clip_spec(info), {}, {.readers = 1, .clips_ahead = 4});
  std::optional<ClipStream::Item> item = stream.next();
  REQUIRE(item.has_value());
  if (const VideoEnd* end = std::get_if<VideoEnd>(&*item)) FAIL(end->error);
  return std::get<Clip>(std::move(*item));
}

// The network's input [D,H,W,8].
std::vector<float> network_input(const ModelInfo& info, const Clip& clip) {
  const auto backend = make_reference_backend();
  const ClipInput input = clip_input(info, 1);
  const DeviceMean mean(*backend, input);
  const std::vector<std::int32_t> crop{input.clip.evaluation_top(), input.clip.evaluation_left(), 0};
  std::vector<float> x(static_cast<std::size_t>(kClipFrames * kCrop * kCrop * 8));
  backend->normalize_clip(input.normalization, host_tensor(clip.frames.data(), input.frames_shape()),
                          mean.values(), host_tensor(crop.data(), {1, 3}),
                          host_tensor(x.data(), {1, kClipFrames, kCrop, kCrop, 8}));
  return x;
}

TEST_CASE("frames under each profile are what its origin makes of them") {
  const bool with_cube = GENERATE(false, true);
  const Profile profile = GENERATE(Profile::caffe_sports1m, Profile::pvr, Profile::mmaction2);
  if (with_cube && profile != Profile::caffe_sports1m) return;
  ModelInfo info;
  info.preprocessing = profile_preprocessing(profile);
  if (with_cube) info.preprocessing.mean_cube = mean_cube();
  check_preprocessing(info.preprocessing, kClipFrames, kCrop);
  const std::vector<float> x = network_input(info, first_clip(info));
  const NamedTensors golden = read_safetensors(kGolden / "profiles.safetensors");
  const std::string name = std::string(to_string(profile)) + (with_cube ? " with cube" : "");
  const ConstTensor wanted = golden.at(name).values;
  REQUIRE(wanted.shape() == Shape{3, kKeptFrames, kKept, kKept});
  const float* value = wanted.as<float>();
  double largest = 0;
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t d = 0; d < kKeptFrames; ++d) {
      for (std::int64_t row = 0; row < kKept; ++row) {
        for (std::int64_t column = 0; column < kKept; ++column, ++value) {
          const auto at =
              static_cast<std::size_t>(((d * kCrop + row * kEvery) * kCrop + column * kEvery) * 8 + c);
          largest = std::max(largest, std::abs(static_cast<double>(x[at] - *value)));
        }
      }
    }
  }
  INFO(name);
  CHECK(largest < 1e-4);
}

}  // namespace
}  // namespace c3d
