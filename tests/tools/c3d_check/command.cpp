// c3d_check as users run it: what it prints where, and its exit codes.
#include <fmt/format.h>

#include <algorithm>

#include "catch.h"
#include "engine/io/json.h"
#include "tests/support/command.h"
#include "tests/support/scenes.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

struct CheckFixture {
  CheckFixture() {
    for (std::uint64_t i = 0; i < 3; ++i) {
      write_scene(scratch / fmt::format("videos/a/v{}.mp4", i), {.place = i, .motion = i});
      write_scene(scratch / fmt::format("videos/b/v{}.mp4", i), {.place = 10 + i, .motion = 10 + i});
    }
  }
  int run(const std::string& arguments, const std::string& streams = ">out 2>err") const {
    return run_command(scratch.path(), "XDG_CACHE_HOME=cache " C3D_BINARY_DIR "/bin/c3d_check " + arguments,
                       streams);
  }
  std::string out() const { return read_text(scratch / "out"); }
  std::string err() const { return read_text(scratch / "err"); }

  ScratchFolder scratch;
};

}  // namespace

TEST_CASE_METHOD(CheckFixture, "a clean collection exits with 0, a summary and a table of classes") {
  CHECK(run("videos") == 0);
  CHECK_THAT(out(), Catch::Contains("6 videos of 2 classes") &&
                        Catch::Contains("training would start; nothing was found") &&
                        Catch::Contains("class "));
  CHECK_THAT(err(), Catch::Contains("reading videos"));
}

TEST_CASE_METHOD(CheckFixture, "findings alone exit with 0, and what stops training with 1") {
  std::filesystem::copy(scratch / "videos/a/v0.mp4", scratch / "videos/b/copy.mp4");
  CHECK(run("videos --json - --html page.html") == 0);
  const nlohmann::json json = parse_json(out());
  REQUIRE(json["findings"].size() == 1);
  CHECK(json["findings"][0]["kind"] == "copy_across_classes");
  CHECK(std::filesystem::exists(scratch / "page.html"));
  CHECK_THAT(err(), Catch::Contains("page.html"));

  scratch.write("videos/a/bad.mp4", "no video");
  scratch.write("videos/a/worse.mp4", "");
  CHECK(run("videos --json check.json") == 1);
  CHECK_THAT(out(), Catch::Contains("training would stop") && Catch::Contains("2 of 9 videos do not decode"));
  CHECK(parse_json(read_text(scratch / "check.json"))["would_stop"] == true);
  CHECK(run("videos --set broken_share=0.5") == 0);
  CHECK(run("absent") == 1);
}

TEST_CASE_METHOD(CheckFixture, "a wrong command line exits with 2") {
  CHECK(run("") == 2);
  CHECK(run("videos --jsn x") == 2);
  CHECK_THAT(err(), Catch::Contains("did you mean --json?"));
  CHECK(run("videos --set clip_frame=3") == 2);
  CHECK(run("videos --validation-share 2") == 2);
  CHECK(run("videos --clips 2") == 2);
  CHECK(run("videos --folds 1") == 2);
}

TEST_CASE_METHOD(CheckFixture, "a list, its root and its split are taken as c3d_train takes them") {
  std::string train, test;
  for (const char* label : {"a", "b"}) {
    for (int i = 0; i < 3; ++i) (i < 2 ? train : test) += fmt::format("{0}/v{1}.mp4 {0}\n", label, i);
  }
  const std::filesystem::path list = scratch.write("train.txt", train);
  scratch.write("test.txt", test);
  CHECK(run("train.txt --val test.txt --root videos") == 0);
  CHECK_THAT(out(), Catch::Contains("4 to train and 2 to validate"));
  CHECK(run("train.txt --val test.txt --root videos --json train.txt") == 2);
  CHECK(read_text(list) == train);
}

TEST_CASE_METHOD(CheckFixture,
                 "an output that cannot be written is said in one sentence, and the exit code is 1") {
  for (const char* output : {"--html absent/page.html", "--json absent/check.json", "--html videos",
                             "--json videos", "--html /dev/full", "--json /dev/full"}) {
    INFO(output);
    CHECK(run(fmt::format("videos {}", output)) == 1);
    const std::string said = err().substr(err().find("c3d_check: "));
    CHECK_THAT(said, Catch::StartsWith("c3d_check: cannot write "));
    CHECK(std::ranges::count(said, '\n') == 1);
    const bool is_known_before = std::string(output).find("/dev/full") == std::string::npos;
    CHECK(out().empty() == is_known_before);  // of a full disk, which shows at the end, the text is not lost
  }
  CHECK(run("videos --json -", ">/dev/full 2>err") == 1);
  CHECK(run("videos --html out.html --json out.html") == 2);
  CHECK_THAT(err(), Catch::Contains("are one file"));
}

TEST_CASE_METHOD(CheckFixture, "no output takes the place of a video") {
  const std::string video = read_text(scratch / "videos/a/v0.mp4");
  std::filesystem::copy(scratch / "videos/a/v0.mp4", scratch / "videos/a/unnamed");
  for (const char* arguments :
       {"videos --json videos/a/v0.mp4", "videos --html videos/a/v0.mp4", "videos --json videos/a/unnamed",
        "videos --json check.json --config check.json"}) {
    INFO(arguments);
    scratch.write("check.json", "{}");
    CHECK(run(arguments) == 2);
    CHECK_THAT(err(), Catch::Contains("would overwrite"));
    CHECK(read_text(scratch / "check.json") == "{}");
  }
  CHECK(read_text(scratch / "videos/a/v0.mp4") == video);
  CHECK(read_text(scratch / "videos/a/unnamed") == video);
  CHECK(run("videos --html page.png") == 2);
  CHECK_THAT(err(), Catch::Contains("ends in .html"));
}

TEST_CASE_METHOD(CheckFixture, "an expression for groups says how many names it matches") {
  CHECK(run("videos --group-regex '(nothing)_g'") == 0);
  CHECK_THAT(out(),
             Catch::Contains("matches 0 of 6 names; each video is a group by itself, for example v0.mp4"));
  CHECK(run("videos --folds 2 --group-regex '(v[01])'") == 0);
  CHECK_THAT(out(), Catch::Contains("matches 4 of 6 names") && Catch::Contains("for example v2.mp4"));
  CHECK(run("videos --group-regex '(v.)'") == 0);
  CHECK_THAT(out(), !Catch::Contains("matches"));
  CHECK(run("videos --group-regex '(v'") == 2);
  CHECK(run("videos --group-regex v") == 2);
  CHECK_THAT(err(), Catch::Contains("captures nothing"));
}

TEST_CASE_METHOD(CheckFixture, "options that contradict each other are refused by name") {
  CHECK(run("videos --folds 2 --set fold=1/2") == 2);
  CHECK_THAT(err(), Catch::Contains("`fold` names one: leave one of the two out"));
  CHECK(run("videos --folds 2 --val videos") == 2);
  CHECK_THAT(err(), Catch::Contains("--val names others: leave one of the two out"));
  CHECK(run("videos --batch 2") == 2);
  CHECK(run("videos --device cpu") == 2);
}
