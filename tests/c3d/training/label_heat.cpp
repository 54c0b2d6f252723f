// Heat for a run's page, of a network with random weights.
#include "c3d/training/label_heat.h"

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

class Stripes : public FrameSource {
 public:
  explicit Stripes(const ClipSpec& spec) : spec_(spec) {}
  std::int64_t frame_count() const override { return 40; }
  int width() const override { return spec_.resize_width; }
  int height() const override { return spec_.resize_height; }
  void read(std::int64_t first, int /*stride*/, int /*count*/, std::span<std::uint8_t> out) override {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::uint8_t>((i / 3 + static_cast<std::size_t>(first)) * (i % 3 + 3) % 256);
    }
  }

 private:
  ClipSpec spec_;
};

struct HeatFixture {
  HeatFixture() {
    write_small_model(run.best());
    settings.device = "reference";
    data.clip = clip_spec(small_model_info());
    data.open = [this](const Video& video) -> std::unique_ptr<FrameSource> {
      ++opened;
      expect(video.path != "gone.mp4", "{}: it is gone", video.path);
      return std::make_unique<Stripes>(data.clip);
    };
  }
  bool provide(HeatStrips& strips) {
    const std::function<bool()> never = [] { return false; };
    return provide_heat(strips, {{"gone.mp4", 40, {0}}, {"a.mp4", 40, {3, 1}}},
                        {run, settings, data, 60, never});
  }

  ScratchFolder scratch;
  RunFolder run{scratch.path()};
  TrainSettings settings;
  PreparedData data;
  int opened = 0;
};

TEST_CASE_METHOD(HeatFixture, "each label gets its own strip of the clip in the middle of a video") {
  const std::string weights = read_text(run.best());
  HeatStrips strips;
  CHECK(provide(strips));
  const std::vector<LabelStrip> found = strips.find("a.mp4");
  REQUIRE(found.size() == 2);
  CHECK(found[0].label == 3);
  CHECK(found[1].label == 1);
  CHECK(found[0].first_frame == 12);
  CHECK(found[0].last_frame == 27);
  CHECK_FALSE(found[0].jpeg.empty());
  CHECK(found[0].jpeg != found[1].jpeg);
  CHECK(read_text(run.best()) == weights);
}

TEST_CASE_METHOD(HeatFixture,
                 "a video without heat is left out with its reason, and the others have theirs") {
  HeatStrips strips;
  provide(strips);
  CHECK(strips.find("gone.mp4").empty());
  CHECK(strips.failures().at("gone.mp4") == "gone.mp4: it is gone");
  CHECK(strips.find("a.mp4").size() == 2);
}

TEST_CASE_METHOD(HeatFixture, "heat of weights with the same values is not made again") {
  HeatStrips strips;
  provide(strips);
  const int before = opened;
  provide(strips);
  CHECK(opened == before + 1);  // the video that is gone is tried again
  // The same values, otherwise described.
  write_small_model(run.best(), {.with_label_sets = true});
  provide(strips);
  CHECK(opened == before + 2);
  fs::remove(run.best());
  CHECK_THAT(message_of([&] { provide(strips); }), Catch::Contains("best.safetensors"));
}

TEST_CASE_METHOD(HeatFixture, "frames that keep their shape are cropped for the network and shown whole") {
  data.clip.resize = ResizeRule::short_side;
  settings.resize = ResizeRule::short_side;
  HeatStrips strips;
  CHECK(provide(strips));
  CHECK(strips.find("a.mp4").size() == 2);
}

}  // namespace
}  // namespace c3d
