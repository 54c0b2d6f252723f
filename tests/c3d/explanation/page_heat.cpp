// Heat for the pages of labelled videos.
#include "c3d/explanation/page_heat.h"

#include "c3d/inference/loaded_network.h"
#include "catch.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"
#include "tests/support/tiny_video.h"

namespace c3d {
namespace {

struct PageHeatFixture {
  PageHeatFixture() {
    request.weights = folder / "w.safetensors";
    request.device.device = "reference";
    write_small_model(request.weights);
    write_tiny_video(video, 40);
  }
  std::string provide(HeatStrips& strips, const std::vector<HeatVideo>& wanted) {
    return provide_heat(strips, wanted, {request, clip, reading, 60, stopped});
  }

  ScratchFolder folder;
  std::filesystem::path video = folder / "a.mp4", gone = folder / "gone.mp4";
  NetworkRequest request;
  ClipSpec clip = clip_spec(small_model_info());
  ReadOptions reading;
  std::function<bool()> stopped = [] { return false; };
};

TEST_CASE_METHOD(PageHeatFixture,
                 "heat of labelled videos is of each label that is asked for, whatever clips were labelled") {
  for (const int crops : {1, 3, 10}) {
    clip.crops = crops;
    clip.step = crops;
    HeatStrips strips;
    CHECK(provide(strips, {{video, 40, {2, 0}}}).empty());
    const std::vector<LabelStrip> found = strips.find(video);
    REQUIRE(found.size() == 2);
    CHECK(found[0].label == 2);
    CHECK(found[1].label == 0);
    CHECK(found[0].first_frame == 12);
    CHECK(found[0].jpeg != found[1].jpeg);
  }
}

TEST_CASE_METHOD(PageHeatFixture, "heat that fails is one line and no error") {
  HeatStrips strips;
  const std::string gone_trouble = provide(strips, {{gone, 40, {0}}, {video, 40, {0}}});
  CHECK_THAT(gone_trouble,
             Catch::StartsWith("a video of the page without heat, such as ") && Catch::Contains("gone.mp4"));
  CHECK(strips.find(video).size() == 1);
  std::filesystem::remove(request.weights);
  CHECK_THAT(provide(strips, {{video, 40, {0}}}),
             Catch::StartsWith("the page has no heat: ") && Catch::Contains("w.safetensors"));
}

TEST_CASE_METHOD(PageHeatFixture,
                 "no heat is made where nobody waits for it, and at most for a twentieth of the time") {
  HeatStrips strips;
  stopped = [] { return true; };
  CHECK(provide(strips, {{video, 40, {0}}}).empty());
  CHECK(strips.empty());
  CHECK(page_heat_seconds(100) == 5);
  CHECK(page_heat_seconds(100'000) == 20);
}

}  // namespace
}  // namespace c3d
