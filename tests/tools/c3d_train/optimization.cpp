// c3d_train with every setting of optimizer, average, layers, loss, balance and patience, as a process.
#include <algorithm>
#include <string>
#include <vector>

#include "catch.h"
#include "engine/io/safetensors.h"
#include "tests/tools/c3d_train/training.h"

using namespace c3d;

namespace {

// Training videos of classes of unequal size, and wrong ones that validate: the more is learnt, the worse.
void write_unequal_videos(const Training& training) {
  for (const int i : {0, 1}) {
    const std::string name = "more" + std::to_string(i) + ".mp4";
    write_plain_video(training.scratch / "videos/dark" / name, 60 + i);
    write_plain_video(training.scratch / "wrong/dark" / name, 170 + i);
    write_plain_video(training.scratch / "wrong/light" / name, 40 + i);
  }
}

std::vector<std::string> words_of(const std::vector<std::string>& settings) {
  std::vector<std::string> words;
  for (const std::string& setting : settings) words.insert(words.end(), {"--set", setting});
  return words;
}

std::vector<std::string> all_on(const Training& training) {
  return words_of({"val=" + (training.scratch / "wrong").string(), "optimizer=adamw", "learning_rate=0.003",
                   "weight_decay=0.01", "ema=0.8", "layer_decay=0.8", "unfreeze_every=2", "unfreeze_first=2",
                   "balance=0.7", "class_weights=auto", "focal=1.5", "best_by=clip_accuracy", "patience=6",
                   "steps=60", "validate_every=3"});
}

}  // namespace

TEST_CASE("a run with every way of learning that was killed resumes to the same bytes and end") {
  const Training training;
  write_unequal_videos(training);
  Process whole = training.start_new("whole", all_on(training));
  REQUIRE(whole.wait() == 0);
  const std::string output = whole.output();
  CHECK_THAT(output, Catch::Contains("class weights from ") && Catch::Contains("(dark) to "));
  const std::size_t note = output.find("the run is over after step ");
  REQUIRE(note != std::string::npos);
  const std::string why = output.substr(note, output.find('\n', note) - note);
  CHECK_THAT(why, Catch::Contains("6 evaluations in a row") && Catch::Contains("best_by clip_accuracy"));
  const NamedTensors state = read_safetensors(training.run("whole") / "state.safetensors");
  for (const char* array : {"velocity", "second_moment", "average"}) CHECK(state.find(array) != nullptr);

  for (const std::int64_t lines : {2, 9, 16}) {
    const std::string name = "killed" + std::to_string(lines);
    Process process = training.start_new(name, all_on(training));
    training.kill_at(process, name, lines);
    Process resumed = training.start(name, {"--resume"});
    CHECK(resumed.wait() == 0);
    INFO(resumed.output());
    CHECK_THAT(resumed.output(), Catch::Contains(why));
    for (const char* file : {"last.safetensors", "best.safetensors"}) {
      CHECK(read_text(training.run(name) / file) == read_text(training.run("whole") / file));
    }
    const NamedTensors again = read_safetensors(training.run(name) / "state.safetensors");
    for (const char* key : {"step", "best_step", "evaluated_step", "evaluations_since_best"}) {
      CHECK(again.metadata(key) == state.metadata(key));
    }
  }
}

TEST_CASE("a run that ran out of patience has all its files and goes no further") {
  const Training training;
  const std::vector<std::string> idle =
      words_of({"learning_rate=0", "patience=2", "validate_every=2", "steps=30"});
  Process process = training.start_new("run", idle);
  REQUIRE(process.wait() == 0);
  CHECK_THAT(process.output(),
             Catch::Contains("the run is over after step 6 of 30: 2 evaluations in a row were no better than "
                             "that after step 2") &&
                 Catch::Contains("after step 2\n"));
  CHECK_THAT(last_line(process.output()),
             Catch::StartsWith("c3d_infer --weights " + (training.run("run") / "best.safetensors").string()));
  for (const char* file : {"last.safetensors", "best.safetensors", "state.safetensors", "confusion.csv"}) {
    CHECK(std::filesystem::exists(training.run("run") / file));
  }
  const std::string last = read_text(training.run("run") / "last.safetensors");
  Process resumed = training.start("run", {"--resume"});
  CHECK(resumed.wait() == 0);
  CHECK_THAT(resumed.output(), Catch::Contains("the run is over after step 6 of 30"));
  CHECK(read_text(training.run("run") / "last.safetensors") == last);
  const std::string metrics = read_text(training.run("run") / "metrics.jsonl");
  CHECK(std::count(metrics.begin(), metrics.end(), '\n') == 6 + 3);
}

TEST_CASE("settings of learning that contradict each other or the videos are one error each") {
  const Training training;
  const auto refused = [&](const std::vector<std::string>& settings, const std::string& what, int code = 2) {
    Process process = training.start_new("refused", words_of(settings));
    CHECK(process.wait() == code);
    const std::string output = process.output();
    CHECK_THAT(output, Catch::Contains("c3d_train: ") && Catch::Contains(what));
    CHECK_FALSE(std::filesystem::exists(training.run("refused")));
  };
  refused({"class_weights=1,2,3"}, "`class_weights` has 3 numbers and the videos show 2 classes", 1);
  refused({"sgd=caffe", "mixup=0.2"}, "`mixup` makes labels soft");
  refused({"sgd=caffe", "optimizer=adamw"}, "`optimizer` is adamw");
  refused({"freeze=conv1", "unfreeze_every=3"}, "`freeze` keeps conv1");
  refused({"patience=3", "validation_share=0"}, "no video validates");
  refused({"best_by=loss", "validation_share=0"}, "no video validates");
}
