#include <fmt/format.h>

#include "catch.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/json.h"
#include "tests/support/scratch_folder.h"
#include "tools/c3d_synth/score.h"

namespace c3d {
namespace {

std::string line(Motion shown, Motion seen) {
  return fmt::format(R"({{"file": "set/{}/a.mp4", "status": "ok", "labels": [{{"label": "{}"}}]}})",
                     to_string(shown), to_string(seen)) +
         "\n";
}

// A network that is right on `right` of the ten videos of each class.
std::string labels(int right, Motion (*truth)(Motion)) {
  std::string text;
  for (const Motion motion : kMotions) {
    for (int i = 0; i < 10; ++i) {
      const Motion wrong = truth(motion) == Motion::up ? Motion::left : Motion::up;
      text += line(motion, i < right ? truth(motion) : wrong);
    }
  }
  return text;
}

Motion same(Motion motion) { return motion; }

DemoScore score_of(const std::string& forward, const std::string& still, const std::string& backward) {
  const ScratchFolder folder;
  write_file(folder / "f", forward);
  write_file(folder / "s", still);
  write_file(folder / "b", backward);
  return read_demo_score(folder / "f", folder / "s", folder / "b");
}

TEST_CASE("a network that sees motion and nothing else keeps every promise") {
  const DemoScore score = score_of(labels(10, same), labels(1, same), labels(10, opposite));
  CHECK(broken_promises(score).empty());
  const auto json = parse_json(score_json(score, 12.5));
  CHECK(json["test_videos"] == 80);
  CHECK(json["top1"] == 1.0);
  CHECK(json["still_top1"].get<double>() == Approx(0.1));
  CHECK(json["reversed_opposite"] == 1.0);
  CHECK(json["seconds"] == 12.5);
  CHECK(json["top1_per_class"]["growing"] == 1.0);
}

TEST_CASE("each promise that does not hold is said") {
  CHECK(broken_promises(score_of(labels(9, same), labels(1, same), labels(10, opposite))).size() == 1);
  CHECK(broken_promises(score_of(labels(10, same), labels(3, same), labels(10, opposite))).size() == 1);
  CHECK(broken_promises(score_of(labels(10, same), labels(1, same), labels(8, opposite))).size() == 1);
  // It calls a video played backwards by the class it had.
  CHECK(score_of(labels(10, same), labels(1, same), labels(10, same)).total({}).all == 0);
  CHECK(broken_promises(score_of(labels(10, same), labels(1, same), labels(10, same))).size() == 1);
}

TEST_CASE("the table has a row for each class and the shares of all") {
  const std::string table = score_table(score_of(labels(10, same), labels(1, same), labels(9, opposite)));
  for (const Motion motion : kMotions) CHECK_THAT(table, Catch::Contains(to_string(motion)));
  CHECK_THAT(table, Catch::Contains("100.0 %") && Catch::Contains("10.0 %") && Catch::Contains("90.0 %"));
}

TEST_CASE("a video that was not labelled, or lies in no motion's folder, is an error that names it") {
  const std::string good = labels(1, same);
  CHECK_THROWS_WITH(score_of(R"({"file": "set/up/a.mp4", "status": "failed", "labels": []})", good, good),
                    Catch::Contains("set/up/a.mp4"));
  CHECK_THROWS_WITH(
      score_of(R"({"file": "set/jumping/a.mp4", "status": "ok", "labels": [{"label": "up"}]})", good, good),
      Catch::Contains("jumping"));
  CHECK_THROWS_WITH(score_of("no json\n", good, good), Catch::Contains("line 1"));
  CHECK_THROWS_AS(score_of("", good, good), Error);
}

}  // namespace
}  // namespace c3d
