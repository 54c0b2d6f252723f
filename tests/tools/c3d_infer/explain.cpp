// c3d_infer --explain as a user runs it.
#include "catch.h"
#include "engine/io/whole_file.h"
#include "tests/tools/c3d_infer/command_fixture.h"
#include "weights/npy_array.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using Fixture = CommandFixture;

const std::string kTwo = kWeights + "--clips 2 ";

TEST_CASE_METHOD(Fixture, "an explanation changes no bit of labels and features") {
  const std::string what = kTwo + "v/a.mp4 v/b.mp4 --features fc7 --features-out f --json -";
  REQUIRE(run(what) == 0);
  const std::string labels = out(), a = read_text(folder / "f/v/a.npy"), b = read_text(folder / "f/v/b.npy");
  REQUIRE(run(what + " --explain heat --explain-layer conv3b --explain-format npy") == 0);
  CHECK(out() == labels);
  CHECK(read_text(folder / "f/v/a.npy") == a);
  CHECK(read_text(folder / "f/v/b.npy") == b);
  CHECK(parse_npy(WholeFile(folder / "heat/v/a.npy").bytes()).extents ==
        std::vector<std::int64_t>{2, 8, 12, 12});
  CHECK(fs::exists(folder / "heat/v/b.npy"));
}

TEST_CASE_METHOD(Fixture, "the label that comes first is explained unless another is named") {
  REQUIRE(run(kTwo + "v/a.mp4 --json - --explain first.npy") == 0);
  const std::string first = lines(out()).at(0)["labels"][0]["label"].get<std::string>();
  REQUIRE(run(kTwo + "v/a.mp4 --explain named.npy --explain-class " + first) == 0);
  CHECK(read_text(folder / "first.npy") == read_text(folder / "named.npy"));
  REQUIRE(run(kTwo + "v/a.mp4 --explain other.npy --explain-class " + (first == "run" ? "walk" : "run")) ==
          0);
  CHECK(read_text(folder / "first.npy") != read_text(folder / "other.npy"));
}

TEST_CASE_METHOD(Fixture,
                 "windows and standard input are explained and a video that fails holds back no other") {
  REQUIRE(run(kWeights + "--window 16 --step 8 - --explain a.MP4 <v/a.mp4") == 0);
  CHECK(fs::file_size(folder / "a.MP4") > 500);
  CHECK(run(kTwo + "v --explain heat") == 1);
  CHECK(fs::exists(folder / "heat/a.mp4"));
  CHECK(fs::exists(folder / "heat/b.mp4"));
  CHECK_FALSE(fs::exists(folder / "heat/c.mp4"));
}

TEST_CASE_METHOD(Fixture, "words that there are not have their nearest named") {
  CHECK(run(kTwo + "v/a.mp4 --explain x.npy --explain-class wlk") == 2);
  CHECK_THAT(err(), Catch::Contains("--explain-class: these weights have no label 'wlk'") &&
                        Catch::Contains("is 'walk'"));
  CHECK(run(kTwo + "v/a.mp4 --explain x.npy --explain-layer conv4a") == 2);
  CHECK_THAT(err(), Catch::Contains("--explain-layer") && Catch::Contains("the nearest is 'conv4b'"));
  CHECK(run(kTwo + "v/a.mp4 --explain x.avi") == 2);
  CHECK_THAT(err(), Catch::Contains("x.avi") && Catch::Contains(".mp4, .png or .npy"));
  CHECK(run(kTwo + "v/a.mp4 --explain-class walk") == 2);
  CHECK_THAT(err(), Catch::Contains("--explain"));
  CHECK_FALSE(fs::exists(folder / "x.npy"));
}

TEST_CASE_METHOD(Fixture, "several videos are explained into a folder alone") {
  CHECK(run(kTwo + "v/a.mp4 v/b.mp4 --explain heat.png") == 2);
  CHECK_THAT(err(), Catch::Contains("of 2 videos it is a folder"));
  CHECK(run(kTwo + "v/a.mp4 --explain heat") == 2);
  CHECK_THAT(err(), Catch::Contains("heat.mp4, heat.png or heat.npy"));
  fs::create_directory(folder / "heat");
  CHECK(run(kTwo + "v/a.mp4 --explain heat --explain-format npy") == 0);
  CHECK(fs::exists(folder / "heat/a.npy"));
  CHECK(run(kTwo + "v/a.mp4 --explain v/a.mp4") == 2);
  CHECK_THAT(err(), Catch::Contains("would overwrite"));
}

TEST_CASE_METHOD(Fixture, "an explanation that stands is not made again but for another label") {
  const std::string what = kTwo + "v/a.mp4 v/b.mp4 --explain heat --explain-format npy --resume ";
  REQUIRE(run(what) == 0);
  REQUIRE(run(what) == 0);
  CHECK_THAT(err(), Catch::Contains("2 of 2 videos were done before"));
  fs::remove(folder / "heat/v/b.npy");
  REQUIRE(run(what) == 0);
  CHECK_THAT(err(), Catch::Contains("1 of 2 videos were done before"));
  REQUIRE(run(what + "--explain-class walk") == 0);
  CHECK_THAT(err(), Catch::Contains("done anew") && Catch::Contains("explained label"));
}

}  // namespace
}  // namespace c3d
