// An explanation from a video to its file.
#include "c3d/explanation/explain_video.h"

#include <sys/stat.h>

#include <cmath>

#include "c3d/explanation/explanation_files.h"
#include "c3d/explanation/heat.h"
#include "c3d/report/pictures.h"
#include "catch.h"
#include "data/video_reader.h"
#include "engine/io/whole_file.h"
#include "tests/c3d/explanation/planted_model.h"
#include "tests/support/message_of.h"
#include "tests/support/plain_videos.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/skip.h"
#include "tests/support/tiny_video.h"
#include "weights/npy_array.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

struct ExplainFixture {
  ScratchFolder folder;
  fs::path weights = folder / "planted.safetensors", scene = folder / "scene.mp4";
  ClipOptions windows{.step = 8};
  ExplainFixture() {
    write_planted_model(weights);
    write_planted_scene(scene);
  }
  VideoExplainer explainer(const std::string& layer = "conv5b") const {
    NetworkOptions options;
    options.device.device = "reference";
    return VideoExplainer(weights, layer, options);
  }
  ClipSpec spec() const {
    ClipSpec clips = clip_spec(planted_info());
    clips.step = windows.step;
    return clips;
  }
};

struct Blob {
  double top = 0, left = 0;  // its centre, in pixels
  double near = 0;           // the share of it that lies no further than `reach` from a square
};

Blob blob_of(std::span<const float> heat, PlantedPlace square, int side, int reach) {
  Blob blob;
  double all = 0;
  for (int y = 0; y < kPlantedHeight; ++y) {
    for (int x = 0; x < kPlantedWidth; ++x) {
      const auto value =
          std::max(0.0, static_cast<double>(heat[static_cast<std::size_t>(y * kPlantedWidth + x)]));
      all += value;
      blob.top += value * (y + 0.5);
      blob.left += value * (x + 0.5);
      const bool near = y >= square.top - reach && y < square.top + side + reach &&
                        x >= square.left - reach && x < square.left + side + reach;
      if (near) blob.near += value;
    }
  }
  return {blob.top / all, blob.left / all, blob.near / all};
}

TEST_CASE_METHOD(ExplainFixture, "the heat lies on the square that decides the label and moves with it") {
  VideoExplainer fine = explainer("conv3b");
  for (const bool red : {true, false}) {
    const VideoExplanation why = fine.explain(scene, windows, red ? "red" : "green");
    CHECK(why.warnings.empty());
    Heat heat(why, spec(), kPlantedWidth, kPlantedHeight);
    for (const int frame : {4, 12, 20, 28, 36}) {
      INFO((red ? "red" : "green") << ", frame " << frame);
      const int side = red ? kPlantedSide : kPlantedSide - 4;
      const PlantedPlace square = red ? red_place(frame) : green_place(frame);
      const Blob blob = blob_of(heat.at(frame), square, side, 6);
      CHECK(std::abs(blob.top - (square.top + side / 2.0)) < 5);
      CHECK(std::abs(blob.left - (square.left + side / 2.0)) < 5);
      CHECK(blob.near > 0.8);
    }
  }
}

TEST_CASE_METHOD(ExplainFixture, "a video's likeliest label is explained unless another is named") {
  VideoExplainer coarse = explainer();
  CHECK(coarse.grid() == std::array<std::int64_t, 3>{2, 3, 3});
  const VideoExplanation why = coarse.explain(scene, windows);
  CHECK(why.label == "red");
  CHECK(why.probability > 0.5);
  CHECK(why.layer == "conv5b");
  CHECK(why.frames == kPlantedFrames);
  CHECK(why.frame_rate == Approx(25));
  REQUIRE(why.windows.size() == 4);
  CHECK(why.windows[1].first_frame == 8);
  CHECK(why.windows[1].end_seconds == Approx(24.0 / 25));
  CHECK(why.maps.size() == 4 * 2 * 3 * 3);
  CHECK(coarse.explain(scene, windows, "green").probability == Approx(1 - why.probability));
  const std::string message = message_of([&] { coarse.explain(scene, windows, "gren"); });
  CHECK_THAT(message, Catch::Contains("'gren'") && Catch::Contains("'green'"));
}

TEST_CASE_METHOD(ExplainFixture, "windows are explained alike whatever the batch") {
  NetworkOptions options;
  options.device.device = "reference";
  std::vector<std::vector<float>> maps;
  for (const std::size_t batch : {1, 3, 10}) {
    options.batch = batch;
    maps.push_back(VideoExplainer(weights, "conv4b", options).explain(scene, windows).maps);
  }
  CHECK(maps[0] == maps[1]);
  CHECK(maps[0] == maps[2]);
}

TEST_CASE_METHOD(ExplainFixture, "a label that nothing speaks for has an empty map and that is said") {
  write_plain_video(folder / "grey.mp4", 100);
  VideoExplainer coarse = explainer();
  const VideoExplanation none = coarse.explain(folder / "grey.mp4", windows, "green");
  CHECK(std::ranges::max(none.maps) == 0);
  REQUIRE(none.warnings.size() == 1);
  CHECK_THAT(none.warnings[0], Catch::Contains("nothing in it speaks for 'green'"));
  coarse.write(none, folder / "grey_heat.mp4");
  CHECK(count_frames(folder / "grey_heat.mp4") == 20);
}

TEST_CASE_METHOD(ExplainFixture, "a table holds the maps as they are, of crops one by one") {
  VideoExplainer coarse = explainer();
  const VideoExplanation one = coarse.explain(scene, windows);
  coarse.write(one, folder / "new/one.npy");
  const NpyArray table = parse_npy(WholeFile(folder / "new/one.npy").bytes());
  CHECK(table.extents == std::vector<std::int64_t>{4, 2, 3, 3});
  CHECK(table.values == one.maps);
  const VideoExplanation three = coarse.explain(scene, {.clips = 2, .crops = 3});
  coarse.write(three, folder / "three.npy");
  CHECK(parse_npy(WholeFile(folder / "three.npy").bytes()).extents ==
        std::vector<std::int64_t>{2, 3, 2, 3, 3});
  CHECK_THROWS_WITH(coarse.write(one, folder / "one.jpg"), Catch::Contains("ends in .mp4, .png or .npy"));
  CHECK_THROWS_WITH(explainer("conv4b").write(one, folder / "one.npy"),
                    Catch::Contains("of another network or layer"));
}

TEST_CASE_METHOD(ExplainFixture, "a copy has the frames of the video with the heat over them") {
  VideoExplainer fine = explainer("conv3b");
  std::int64_t told = 0;
  fine.write(fine.explain(scene, windows, "red"), folder / "heat.mp4",
             {.writing = [&](std::int64_t written, std::int64_t frames) {
               CHECK(frames == kPlantedFrames);
               told = written;
             }});
  CHECK(told == kPlantedFrames);
  VideoReader copy(folder / "heat.mp4"), original(scene);
  CHECK(copy.facts().fps == Approx(25));
  REQUIRE(copy.width() == kPlantedWidth);
  REQUIRE(copy.height() == kPlantedHeight);
  std::vector<std::uint8_t> drawn(std::size_t{kPlantedWidth} * kPlantedHeight * 3), plain(drawn.size());
  const auto at = [](int y, int x) { return static_cast<std::size_t>(3 * (y * kPlantedWidth + x)); };
  int frames = 0;
  for (; copy.next(drawn); ++frames) {
    REQUIRE(original.next(plain));
    const PlantedPlace red = red_place(frames);
    if (red.top > 34) continue;  // behind the label
    const std::size_t hot = at(red.top + kPlantedSide / 2, red.left + kPlantedSide / 2);
    CHECK(drawn[hot + 1] > plain[hot + 1] + 40);  // from red to viridis's yellow
    const std::size_t border = at(10, 4), cold = at(4, 80);
    CHECK(drawn[border] < 70);  // outside of the crop: dimmed
    CHECK(std::abs(int{drawn[cold]} - int{plain[cold]}) < 12);
  }
  CHECK(frames == kPlantedFrames);
}

TEST_CASE_METHOD(ExplainFixture, "a picture shows eight frames") {
  if (!can_draw()) return skip("built without Cairo");
  VideoExplainer coarse = explainer();
  coarse.write(coarse.explain(scene, windows), folder / "strip.png");
  VideoReader picture(folder / "strip.png");
  CHECK(picture.width() > 8 * picture.height() / 4);
  write_tiny_video(folder / "short.mp4", 5);
  coarse.write(coarse.explain(folder / "short.mp4"), folder / "short.png");
  CHECK(fs::file_size(folder / "short.png") > 1000);
}

TEST_CASE_METHOD(ExplainFixture, "what cannot be read or read again is named") {
  CHECK_THROWS_WITH(explainer().explain(folder / "absent.mp4"), Catch::Contains("absent.mp4: no such file"));
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  const auto backend = make_reference_backend();
  Classifier classifier(*backend, weights, {});
  GradCam cam(classifier, "conv5b");
  const Input pipe{.name = "pipe", .path = folder / "pipe", .relative = "pipe", .error = ""};
  CHECK_THROWS_WITH(explain_video(cam, pipe, {}, {}), Catch::Contains("is a pipe"));
}

TEST_CASE("an unknown label has its nearest named and none stands for the likeliest") {
  CHECK(unknown_label("", {"red", "green"}).empty());
  CHECK(unknown_label("red", {"red", "green"}).empty());
  CHECK_THAT(unknown_label("ren", {"red", "green"}), Catch::Contains("is 'red'"));
}

}  // namespace
}  // namespace c3d
