// What a program that links the shared library asks of published features.
#include <fstream>

#include "c3d/error.h"
#include "c3d/feature_match.h"
#include "c3d/features.h"
#include "catch.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"
#include "tests/support/tiny_video.h"

namespace c3d {
namespace {

TEST_CASE("a program asks by which recipe features were made") {
  const ScratchFolder folder;
  const std::filesystem::path weights = folder / "w.safetensors", video = folder / "a.avi";
  write_small_model(weights);
  write_tiny_video(video, 40);
  const NetworkOptions network{.device = {.device = "cpu", .threads = 1}};
  const VideoFeatures features = FeatureExtractor(weights, "fc7", network).extract(video, {.step = 8});
  std::ofstream table(folder / "published.csv");
  for (std::size_t i = 0; i < features.values.size(); ++i) {
    table << features.values[i] << ((i + 1) % static_cast<std::size_t>(features.size) == 0 ? '\n' : ',');
  }
  table.close();
  const FeatureMatch match = match_features(folder / "published.csv", video, weights);
  INFO(match.sentence);
  CHECK(match.found);
  CHECK(match.rows == features.rows);
  CHECK_THROWS_AS(match_features(folder / "none.csv", video, weights), Error);
}

}  // namespace
}  // namespace c3d
