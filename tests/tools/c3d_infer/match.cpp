// c3d_infer match and --recipe, as a user runs them.
#include "catch.h"
#include "tests/tools/c3d_infer/command_fixture.h"
#include "weights/sha256.h"

namespace c3d {
namespace {

using Fixture = CommandFixture;

const std::string kFc6 = kWeights + "--window 16 --step 8 --features fc6 ";
const std::string kMatch = "match p.npy v/a.mp4 --weights w.safetensors --device cpu --threads 1 ";

TEST_CASE_METHOD(Fixture, "a recipe that match writes makes the published features again") {
  REQUIRE(run(kFc6 + "--features-out p.npy v/a.mp4") == 0);
  REQUIRE(run(kMatch + "--recipe-out r.json") == 0);
  CHECK_THAT(out(),
             Catch::StartsWith("found: ") && Catch::Contains("step 8") && Catch::Contains("layer fc6"));
  const nlohmann::json recipe = parse_json(read_text(folder / "r.json"));
  CHECK(recipe["weights_sha256"] == file_sha256(folder / "w.safetensors"));
  REQUIRE(run(kWeights + "--recipe r.json --features-out again.npy v/a.mp4") == 0);
  CHECK(read_text(folder / "again.npy") == read_text(folder / "p.npy"));
  REQUIRE(run(kMatch + "--json") == 0);
  const nlohmann::json answer = parse_json(out());
  CHECK(answer["found"] == true);
  CHECK(answer["closest"][0]["choices"]["step"] == "8");
  CHECK(answer["recipe"]["step"] == 8);
}

TEST_CASE_METHOD(Fixture, "where no recipe is found the answer is said and no file is written") {
  std::string rows;  // two, as long as fc6
  for (int i = 0; i < 128; ++i) rows += std::to_string(i * 37 % 11) + (i % 64 == 63 ? "\n" : " ");
  folder.write("rows.txt", rows);
  const std::string match = "match rows.txt v/a.mp4 --weights w.safetensors --device cpu --threads 1 ";
  CHECK(run(match + "--recipe-out r.json") == 1);
  CHECK_THAT(out(), Catch::StartsWith("none found: "));
  CHECK_FALSE(std::filesystem::exists(folder / "r.json"));
  CHECK(run(match + "--recipe-out rows.txt") == 2);
  CHECK_THAT(err(), Catch::Contains("the published features"));
  CHECK(run(match + "--recipe-out r.npy") == 2);
  CHECK_THAT(err(), Catch::Contains("ends in .json"));
}

TEST_CASE_METHOD(Fixture, "features carry a recipe that makes them again") {
  REQUIRE(run(kFc6 + "--crops 3 --pool mean --l2 --features-out f v/a.mp4 v/b.mp4") == 0);
  REQUIRE(run(kWeights + "--recipe f/v/a.npy --features-out again.npy v/a.mp4") == 0);
  CHECK(read_text(folder / "again.npy") == read_text(folder / "f/v/a.npy"));
  REQUIRE(run(kWeights + "--recipe again.npy --features-out third.npy v/a.mp4") == 0);
  CHECK(read_text(folder / "third.npy") == read_text(folder / "f/v/a.npy"));
  REQUIRE(run(kWeights + "--features fc7 --clips 3 --features-out spread.csv --feature-format csv v/a.mp4") ==
          0);
  REQUIRE(run(kWeights + "--recipe spread.csv --feature-format csv --features-out again.csv v/a.mp4") == 0);
  CHECK(read_text(folder / "again.csv") == read_text(folder / "spread.csv"));
}

TEST_CASE_METHOD(Fixture, "folders whose features were made alike are recipes, and others say why not") {
  const std::string denser = kWeights + "--window 16 --step 4 --features fc6 ";
  REQUIRE(run(kFc6 + "--features-out plain.npy v/a.mp4") == 0);
  REQUIRE(run(kFc6 + "--feature-format caffe --features-out caffe v/a.mp4 v/b.mp4") == 0);
  for (const std::string recipe : {"caffe", "caffe/v/a", "caffe/v/a/000000.fc6-1"}) {
    INFO(recipe);
    CHECK(run(kWeights + "--recipe " + recipe + " --features-out again.npy v/a.mp4") == 0);
    CHECK(read_text(folder / "again.npy") == read_text(folder / "plain.npy"));
  }
  REQUIRE(run(denser + "--feature-format caffe --features-out caffe v/b.mp4 v/a.mp4 --resume") == 0);
  CHECK(run(kWeights + "--recipe caffe/v --features-out x.npy v/a.mp4") == 1);
  fs::copy_file(folder / "plain.npy", folder / "copied.npy");
  CHECK(run(kWeights + "--recipe copied.npy --features-out x.npy v/a.mp4") == 1);
  CHECK_THAT(err(), Catch::Contains(".NAME.c3d_infer.jsonl"));
}

TEST_CASE_METHOD(Fixture, "a recipe that cannot be followed is refused in one sentence") {
  REQUIRE(run(kFc6 + "--features-out p.npy v/a.mp4") == 0);
  REQUIRE(run(kMatch + "--recipe-out r.json") == 0);
  const std::string recipe = read_text(folder / "r.json");
  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string text = recipe;
    REQUIRE(text.find(from) != std::string::npos);
    folder.write("bad.json", text.replace(text.find(from), from.size(), to));
    CHECK(run(kWeights + "--recipe bad.json --features-out x.npy v/a.mp4") == 1);
    CHECK_FALSE(std::filesystem::exists(folder / "x.npy"));
    return err();
  };
  CHECK_THAT(refused("\"layer\": \"fc6\"", "\"layer\": \"fc9\""),
             Catch::Contains("bad.json") && Catch::Contains("'fc9'"));
  CHECK_THAT(refused("\"step\": 8", "\"step\": -8"), Catch::Contains("'step' says -8"));
  CHECK_THAT(refused("\"step\": 8,", ""), Catch::Contains("it says no 'step'"));
  CHECK_THAT(refused("\"crop_left\": 8", "\"crop_left\": 40"), Catch::Contains("crop"));
  CHECK_THAT(refused(file_sha256(folder / "w.safetensors"), std::string(64, '0')),
             Catch::Contains("is for other weights") && Catch::Contains(std::string(64, '0')));
  folder.write("bad.json", "{}");
  CHECK(run(kWeights + "--recipe bad.json --features-out x.npy v/a.mp4") == 1);
  CHECK_THAT(err(), Catch::Contains("it is no recipe of features"));
}

TEST_CASE_METHOD(Fixture, "a table that no recipe can give is refused before the search") {
  const auto refused = [&](const std::string& name, const std::string& words) {
    CHECK(run("match " + name + " v/a.mp4 --weights w.safetensors --device cpu --threads 1") == 1);
    CHECK_THAT(err(), Catch::Contains(words));
  };
  folder.write("zero.txt", "0 0 0\n0 0 0\n");
  refused("zero.txt", "all its values are 0");
  folder.write("table.npz", "PK\x03\x04 and more");
  refused("table.npz", "save one array");
  folder.write("table.h5", "1 2 3");
  refused("table.h5", "it is no HDF5 file");
}

TEST_CASE_METHOD(Fixture, "a recipe that begins behind the video's last window is said") {
  REQUIRE(run(kFc6 + "--features-out p.npy v/a.mp4") == 0);
  REQUIRE(run(kMatch + "--recipe-out r.json") == 0);
  std::string text = read_text(folder / "r.json");
  const std::string first = "\"first_frame\": 0";
  REQUIRE(text.find(first) != std::string::npos);
  folder.write("late.json", text.replace(text.find(first), first.size(), "\"first_frame\": 1000"));
  CHECK(run(kWeights + "--recipe late.json --features-out x.npy v/a.mp4 --json -") == 0);
  CHECK_THAT(out(), Catch::Contains("begins at frame 1000 of 40"));
}

TEST_CASE_METHOD(Fixture, "options that a recipe holds do not go with it") {
  for (const char* option : {"--features fc6", "--step 8", "--pool mean", "--l2", "--crops 10", "--fps 10"}) {
    CHECK(run(kWeights + "--recipe r.json --features-out x.npy v/a.mp4 " + option) == 2);
    CHECK_THAT(err(), Catch::Contains("--recipe"));
  }
  CHECK(run(kWeights + "--recipe r.json v/a.mp4") == 2);
  CHECK(run(kWeights + "--features-out x.npy v/a.mp4") == 2);
}

}  // namespace
}  // namespace c3d
