#include "tools/c3d_train/command_line.h"

#include "c3d/common/shell_word.h"
#include "c3d/training/resolved_run.h"
#include "catch.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

RunRequest parsed(const std::string& line) {
  CLI::App app("", "c3d_train");
  RunRequest command;
  add_train_options(app, command);
  app.parse(line);
  return command;
}

}  // namespace

TEST_CASE("flags stand over the config file and set over both") {
  const ScratchFolder folder;
  write_file(folder / "config.json", R"({"seed": 1, "width": 0.5, "batch": 2, "data": "/from/config"})");
  const RunRequest command =
      parsed("--out " + (folder / "run").string() + " --config " + (folder / "config.json").string() +
             " --set width=0.25 --seed 3 --set seed=4 --data /videos");
  const ResolvedRun run = resolve(command, RunFolder(command.out));
  CHECK_FALSE(run.checkpoint.has_value());
  CHECK(run.settings.batch == 2);
  CHECK(run.settings.width == 0.25);
  CHECK(run.settings.seed == 4);
  CHECK(run.settings.data == "/videos");
}

TEST_CASE("a bad setting is a bad command line") {
  CHECK_THROWS_AS(parsed("--out run --set widht=1"), CLI::ParseError);
  CHECK_THROWS_AS(parsed("--out run --set width"), CLI::ParseError);
  CHECK_THROWS_AS(parsed("--out run --precision f64"), CLI::ParseError);
  CHECK_THROWS_AS(parsed("--out run --precision fp8"), CLI::ParseError);  // it has no gradients
  CHECK_THROWS_AS(parsed("--out run --seed x"), CLI::ParseError);
  CHECK_THROWS_AS(parsed("--data videos"), CLI::ParseError);
}

TEST_CASE("event files go to the run's own folder, or to the one that is named") {
  const auto setting = [](const std::string& line) {
    const RunRequest command = parsed("--out run --data /videos" + line);
    return resolve(command, RunFolder(ScratchFolder() / "run")).settings.tensorboard;
  };
  CHECK(setting("").empty());
  CHECK(setting(" --tensorboard") == "run");
  CHECK(setting(" --tensorboard --seed 1") == "run");
  CHECK(setting(" --tensorboard /logs/../logs/a") == "/logs/a");
  CHECK(setting(" --tensorboard=/logs/a --seed 1") == "/logs/a");
  CHECK(setting(" --tensorboard /logs/a --set tensorboard=").empty());
}

TEST_CASE("a table of metrics is made in place of training") {
  CHECK(parsed("--out run --metrics-csv table.csv").metrics_csv == "table.csv");
  CHECK_THROWS_AS(parsed("--out run --metrics-csv"), CLI::ParseError);
  CHECK_THROWS_AS(parsed("--out run --metrics-csv table.csv --resume"), CLI::ParseError);
  CHECK_THROWS_AS(parsed("--out run --metrics-csv table.csv --data videos"), CLI::ParseError);
}

TEST_CASE("a folder that holds a run wants resume") {
  const ScratchFolder scratch;
  const RunFolder folder(scratch / "run");
  folder.prepare(settings_json({}), {"a"}, 0);
  CHECK_THROWS_WITH(resolve(parsed("--out run --data /videos"), folder), Catch::Contains("--resume"));
}

TEST_CASE("a folder with any file of a run is never taken for a new one") {
  for (const char* name : {"best.safetensors", "last.safetensors", "labels.txt", "curves.png"}) {
    const ScratchFolder scratch;
    scratch.write(std::filesystem::path("run") / name, "mine");
    const RunFolder folder(scratch / "run");
    CHECK_THROWS_WITH(resolve(parsed("--out run --data /videos"), folder),
                      Catch::Contains(name) && Catch::Contains("choose another --out"));
    CHECK_NOTHROW(resolve(parsed("--out run --data /videos --dry-run"), folder));
  }
}

TEST_CASE("a run whose state is gone is an error that says what can be done") {
  for (const char* left : {"last.safetensors", "best.safetensors", "confusion.csv"}) {
    const ScratchFolder scratch;
    const RunFolder folder(scratch / "run");
    TrainSettings settings;
    settings.data = "/videos";
    folder.prepare(settings_json(settings), {"a"}, 0);
    scratch.write(std::filesystem::path("run") / left, "weights");
    CHECK_THROWS_WITH(resolve(parsed("--out run --resume"), folder),
                      Catch::Contains("state.safetensors is gone") && Catch::Contains("another --out"));
  }
  const ScratchFolder scratch;
  scratch.write("run/metrics.jsonl");
  CHECK_THROWS_WITH(resolve(parsed("--out run --resume --data /videos"), RunFolder(scratch / "run")),
                    Catch::Contains("config.json is gone"));
}

TEST_CASE("what a state lacks or says wrong is named") {
  Checkpoint checkpoint;
  CHECK_THROWS_WITH(metric_bytes_of(checkpoint), Catch::Contains("does not say `metrics_bytes`"));
  for (const char* text : {"", "x", "-1", "1.5", "99999999999999999999999"}) {
    checkpoint.other["metrics_bytes"] = text;
    CHECK_THROWS_WITH(metric_bytes_of(checkpoint), Catch::Contains("is no number of bytes"));
  }
  checkpoint.other["metrics_bytes"] = "12";
  CHECK(metric_bytes_of(checkpoint) == 12);
  for (const char* text : {"1,2,3,4", "1,2", "nan,1,1", "1,2,256", "1,,2", "a,b,c"}) {
    checkpoint.other["mean"] = text;
    CHECK_THROWS_WITH(mean_of(checkpoint), Catch::Contains("mean") && Catch::Contains("state.safetensors"));
  }
  checkpoint.other["mean"] = "1,2,3.5";
  CHECK(mean_of(checkpoint) == std::array<float, 3>{1, 2, 3.5f});
}

TEST_CASE("an error in a config file names the file") {
  const ScratchFolder scratch;
  const auto file = scratch.write("x.json", R"({"lerning_rate": 1})");
  CHECK_THROWS_WITH(
      resolve(parsed("--out run --config " + file.string()), RunFolder(scratch / "run")),
      Catch::Contains("x.json: there is no setting `lerning_rate`; did you mean `learning_rate`?"));
}

TEST_CASE("a resume before the first snapshot starts anew with the run's own settings") {
  const ScratchFolder scratch;
  const RunFolder folder(scratch / "run");
  TrainSettings settings;
  settings.data = "/videos";
  settings.width = 0.125;
  folder.prepare(settings_json(settings), {"a"}, 0);
  const ResolvedRun run = resolve(parsed("--out run --resume --set loader_threads=3"), folder);
  CHECK_FALSE(run.checkpoint.has_value());
  CHECK(run.settings.width == 0.125);
  CHECK(run.settings.loader_threads == 3);
  CHECK_THROWS_WITH(
      resolve(parsed("--out run --resume --set width=1 --seed 0 --data /other"), folder),
      Catch::Contains("width (was 0.125, now 1.0)") && !Catch::Contains("data") && !Catch::Contains("seed"));
  const ResolvedRun moved = resolve(parsed("--out run --resume --data /other --root /there"), folder);
  CHECK(moved.settings.data == "/other");
  CHECK(moved.settings.root == "/there");
  const RunFolder nothing(scratch / "nothing");
  CHECK(resolve(parsed("--out nothing --resume --data /videos"), nothing).settings.width == 1);
  CHECK(resolve(parsed("--out nothing --resume --data /videos"), nothing).is_new);
  CHECK_THROWS_WITH(
      resolve(parsed("--out nothing --resume"), nothing),
      Catch::Contains("nothing holds no run to go on with: check --out, or start one there with --data"));
}

TEST_CASE("words for a shell are quoted where they must be") {
  CHECK(shell_word("run/best-1.safetensors") == "run/best-1.safetensors");
  CHECK(shell_word("a b") == "'a b'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("a\033b'\n") == "$'a\\x1bb\\x27\\x0a'");
}
