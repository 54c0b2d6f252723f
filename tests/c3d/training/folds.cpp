#include "c3d/training/folds.h"

#include <cmath>

#include "c3d/training/cross_validation.h"
#include "c3d/training/cross_validation_file.h"
#include "catch.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

FoldResult fold_of_two_classes(std::int64_t fold, double top1, double loss) {
  FoldResult result;
  result.fold = fold;
  result.best_step = 7;
  result.best_top1 = 0.9;
  result.last = {.step = 9,
                 .videos = 4,
                 .clips = 8,
                 .clip_loss = loss,
                 .clip_accuracy = top1 / 2,
                 .video_loss = 2 * loss,
                 .top1 = top1,
                 .top5 = 1,
                 .confusion = {{2, 0}, {fold, 1}}};
  return result;
}

CrossValidationRecord two_of_three() {
  CrossValidationRecord record;
  record.folds = 3;
  record.settings = settings_json({});
  record.videos = "0123";
  record.labels = {"a", "b"};
  record.results = {fold_of_two_classes(1, 0.5, 1), fold_of_two_classes(3, 0.75, 3)};
  return record;
}

}  // namespace

TEST_CASE("a fold is named by its number and that of all") {
  TrainSettings settings;
  CHECK_FALSE(fold_of(settings));
  settings.fold = "2/5";
  REQUIRE(fold_of(settings));
  CHECK(fold_of(settings)->fold == 2);
  CHECK(fold_of(settings)->folds == 5);
  CHECK(fold_text(*fold_of(settings)) == "2/5");
  for (const char* wrong : {"2", "0/5", "6/5", "1/1", "-1/5", "a/b", "1/", "/5", "1/5/5"}) {
    settings.fold = wrong;
    CHECK_THAT(message_of([&] { return fold_of(settings); }), Catch::Contains("1/5 ... 5/5"));
  }
}

TEST_CASE("a summary survives its file") {
  const ScratchFolder folder;
  CHECK_FALSE(holds_cross_validation(folder.path()));
  write_cross_validation(folder.path(), two_of_three());
  REQUIRE(holds_cross_validation(folder.path()));
  const CrossValidationRecord read = read_cross_validation(folder.path());
  CHECK(read.folds == 3);
  CHECK(read.videos == "0123");
  CHECK(read.labels == std::vector<std::string>{"a", "b"});
  REQUIRE(read.results.size() == 2);
  CHECK(read.results[1].fold == 3);
  CHECK(read.results[1].best_step == 7);
  CHECK(read.results[1].last.step == 9);
  CHECK(read.results[1].last.top1 == 0.75);
  CHECK(read.results[1].last.confusion == two_of_three().results[1].last.confusion);
  CHECK(settings_json(TrainSettings{}) == settings_json([&] {
          TrainSettings settings;
          for (const Assignment& one : parse_settings(read.settings, "")) assign(settings, one);
          return settings;
        }()));
}

TEST_CASE("folds come to their mean and the deviation of a sample") {
  const CrossValidationResult result = result_of("out", two_of_three());
  CHECK_FALSE(result.finished);
  CHECK(result.top1.mean == 0.625);
  CHECK(result.top1.deviation == Approx(0.125 * std::sqrt(2)));
  CHECK(result.clip_loss.mean == 2);
  CHECK(result.clip_loss.deviation == Approx(std::sqrt(2)));
  CHECK(result.confusion == std::vector<std::vector<std::int64_t>>{{4, 0}, {4, 2}});
  CHECK(result.folds[1].run == std::filesystem::path("out/fold-3"));
  const std::string table = fold_results_table(result);
  CHECK_THAT(table, Catch::Contains("mean") && Catch::Contains("62.5 %") && Catch::Contains("17.7 %") &&
                        Catch::Contains("2.000"));
}

TEST_CASE("one fold alone has no deviation and folds without a matrix none together") {
  CrossValidationRecord record = two_of_three();
  record.results.pop_back();
  record.results[0].last.confusion.clear();
  const CrossValidationResult result = result_of("out", record);
  CHECK(result.top1.mean == 0.5);
  CHECK(result.top1.deviation == 0);
  CHECK(result.confusion.empty());
}

TEST_CASE("a summary that is damaged says how to go on") {
  const ScratchFolder folder;
  write_cross_validation(folder.path(), two_of_three());
  const std::string text = read_text(folder / "folds.json");
  const auto with = [&](const std::string& what, const std::string& other) {
    std::string changed = text;
    return changed.replace(changed.find(what), what.size(), other);
  };
  for (const std::string& wrong :
       {std::string(), std::string("{"), std::string("[]"), text.substr(0, text.size() / 2),
        with("\"folds\": 3", "\"folds\": 1"), with("\"fold\": 3", "\"fold\": 4"),
        with("\"fold\": 3", "\"fold\": 1"), with("\"fold\": 3", "\"fold\": \"3\""),
        with("\"top1\"", "\"top\""), with("\"b\"", "\"b\", \"c\"")}) {
    write_file(folder / "folds.json", wrong);
    CHECK_THAT(message_of([&] { return read_cross_validation(folder.path()); }),
               Catch::Contains("folds.json: it is damaged") && Catch::Contains("--resume"));
  }
}
