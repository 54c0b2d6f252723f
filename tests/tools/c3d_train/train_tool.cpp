// c3d_train as its users run it: exit codes, files, kills and resumes.
#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "c3d/report/pictures.h"
#include "catch.h"
#include "engine/io/atomic_file.h"
#include "engine/io/safetensors.h"
#include "model/model_file.h"
#include "tests/support/skip.h"
#include "tests/tools/c3d_train/training.h"

using namespace c3d;

TEST_CASE("a folder of videos becomes a run") {
  const Training training;
  Process process = training.start_new("run");
  REQUIRE(process.wait() == 0);
  const auto run = training.run("run");
  CHECK_THAT(last_line(process.output()),
             Catch::StartsWith("c3d_infer --weights " + (run / "best.safetensors").string()));
  for (const char* file : {"config.json", "labels.txt", "metrics.jsonl", "last.safetensors",
                           "best.safetensors", "state.safetensors", "confusion.csv"}) {
    CHECK(std::filesystem::exists(run / file));
  }
  CHECK(std::filesystem::exists(run / "curves.png") == can_draw());
  CHECK(read_text(run / "labels.txt") == "dark\nlight\n");
  const NamedTensors weights = read_safetensors(run / "best.safetensors");
  const ModelInfo info = model_info(weights);
  CHECK(info.labels == std::vector<std::string>{"dark", "light"});
  CHECK(info.network.width == 0.03);
  CHECK(info.preprocessing.resize_width == 20);
  CHECK(info.preprocessing.mean[0] > 50);
  CHECK(weights.at("fc8.weight").values.shape()[0] == 2);

  Process again = training.start_new("run");
  CHECK(again.wait() == 1);
  CHECK_THAT(again.output(), Catch::Contains("--resume"));
}

TEST_CASE("training prepares frames as told and its weights say so") {
  if (!C3D_WITH_WEIGHTS) return skip("this build reads no files of means");
  const Training training;
  REQUIRE(training.start_new("shaped", {"--set", "resize=short_side"}).wait() == 0);
  const ModelInfo shaped = model_info(read_safetensors(training.run("shaped") / "best.safetensors"));
  CHECK(shaped.preprocessing.resize == ResizeRule::short_side);

  const std::vector<float> cube(std::size_t{3} * 16 * 18 * 20, 90);
  const auto file = training.scratch / "mean.npy";
  {
    const std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 16, 18, 20), }\n";
    std::ofstream out(file, std::ios::binary);
    out << std::string("\x93NUMPY\1\0", 8) << static_cast<char>(text.size()) << '\0' << text;
    out.write(reinterpret_cast<const char*>(cube.data()),
              static_cast<std::streamsize>(cube.size() * sizeof(float)));
  }
  REQUIRE(training.start_new("cube", {"--mean", file.string()}).wait() == 0);
  const ModelInfo with_cube = model_info(read_safetensors(training.run("cube") / "best.safetensors"));
  REQUIRE(with_cube.preprocessing.mean_cube != nullptr);
  CHECK(*with_cube.preprocessing.mean_cube == cube);

  Process wrong = training.start_new("wrong", {"--profile", "pvr"});
  CHECK(wrong.wait() != 0);  // its sizes were set otherwise before
}

TEST_CASE("a run killed at any moment resumes to the same bytes") {
  const Training training;
  // Threads must not matter either; a build without the CPU backend shows it on the reference.
  const std::vector<std::string> device = {"--set", training.has_cpu() ? "device=cpu" : "device=reference",
                                           "--plan", "fixed"};
  REQUIRE(training.start_new("whole", device).wait() == 0);
  const std::string expected = read_text(training.run("whole") / "last.safetensors");
  REQUIRE_FALSE(expected.empty());
  for (const std::int64_t lines : {1, 2, 4, 6, 8}) {
    const std::string name = "killed" + std::to_string(lines);
    Process process = training.start_new(name, device);
    training.kill_at(process, name, lines);
    Process resumed = training.start(name, {"--resume"});
    CHECK(resumed.wait() == 0);
    INFO(resumed.output());
    CHECK(read_text(training.run(name) / "last.safetensors") == expected);
    CHECK(read_text(training.run(name) / "best.safetensors") ==
          read_text(training.run("whole") / "best.safetensors"));
    const std::string metrics = read_text(training.run(name) / "metrics.jsonl");
    CHECK(std::count(metrics.begin(), metrics.end(), '\n') == 9 + 2);
  }
}

TEST_CASE("a resumed run keeps the plan that was measured for it") {
  const Training training;
  if (!training.has_cpu()) return skip("this build has no CPU backend");
  const std::filesystem::path plan = training.scratch / "plan";
  const std::vector<std::string> pinned = {"--set", "device=cpu", "--plan", plan.string()};
  REQUIRE(training.start_new("whole", pinned).wait() == 0);
  const std::string measured = read_text(plan);
  REQUIRE(std::count(measured.begin(), measured.end(), '\n') > 10);
  const std::string stored =
      read_safetensors(training.run("whole") / "state.safetensors").metadata("run.plan").value_or("");
  CHECK(measured.ends_with("\n" + stored));
  // Another plan, as another measurement could have found it. Direct kernels neither pool nor read pooled
  // gradients.
  std::string other = measured;
  for (std::size_t at = other.find(" = "); at != std::string::npos; at = other.find(" = ", at + 1)) {
    const std::size_t line = other.rfind('\n', at) + 1;
    const bool pools = other.find(" pool 1x1x1,", line) > at;
    const bool gradient = other.compare(line, 15, "backward_filter") == 0;
    const char* choice = !pools ? " = direct s3" : gradient ? " = 1x4x4 s3" : " = direct + pool s3";
    other.replace(at, other.find('\n', at) - at, choice);
  }
  for (const std::int64_t lines : {3, 6}) {
    const std::string name = "planned" + std::to_string(lines);
    Process process = training.start_new(name, pinned);
    training.kill_at(process, name, lines);
    write_file(plan, other);
    Process resumed = training.start(name, {"--resume"});
    CHECK(resumed.wait() == 0);
    INFO(resumed.output());
    for (const char* weights : {"last.safetensors", "best.safetensors"}) {
      CHECK(read_text(training.run(name) / weights) == read_text(training.run("whole") / weights));
    }
    write_file(plan, other);
    Process new_run = training.start_new("other" + std::to_string(lines), pinned);
    CHECK(new_run.wait() == 0);  // the plan does matter
    CHECK(read_text(training.run("other" + std::to_string(lines)) / "last.safetensors") !=
          read_text(training.run("whole") / "last.safetensors"));
    write_file(plan, measured);
  }
}

TEST_CASE("a plan that is none is one error") {
  const Training training;
  if (!training.has_cpu()) return skip("this build has no CPU backend");
  write_file(training.scratch / "plan", "c3d plan 1\nhere\nnonsense\n");
  Process process =
      training.start_new("run", {"--set", "device=cpu", "--plan", (training.scratch / "plan").string()});
  CHECK(process.wait() == 1);
  CHECK_THAT(process.output(),
             Catch::Contains("c3d_train: this is no convolution and its kernel: `nonsense`"));
}

TEST_CASE("a signal ends the step saves and says how to go on") {
  const Training training;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const std::string name = "stopped" + std::to_string(signal);
    Process process = training.start_new(name, {"--set", "snapshot_every=1000"});
    training.wait_for_lines(process, name, 2);
    process.send(signal);
    CHECK(process.wait() == 128 + signal);
    CHECK_THAT(process.output(),
               Catch::Contains("stopping: finishing the step and saving ...") &&
                   Catch::Contains("stopped by " + std::string(signal == SIGINT    ? "Ctrl-C"
                                                               : signal == SIGTERM ? "SIGTERM"
                                                                                   : "SIGHUP")) &&
                   Catch::Contains("c3d_train --out " + training.run(name).string() + " --resume"));
    CHECK(std::filesystem::exists(training.run(name) / "state.safetensors"));

    Process other = training.start(name, {"--resume", "--set", "width=0.5", "--seed", "9"});
    CHECK(other.wait() == 1);
    CHECK_THAT(other.output(), Catch::Contains("width") && Catch::Contains("seed"));
    write_plain_video(training.scratch / "videos/dark/extra.mp4", 70);
    Process changed = training.start(name, {"--resume"});
    CHECK(changed.wait() == 1);
    CHECK_THAT(changed.output(), Catch::Contains("not those the run was started with"));
    std::filesystem::remove(training.scratch / "videos/dark/extra.mp4");
    CHECK(training.start(name, {"--resume"}).wait() == 0);
  }
}

TEST_CASE("a dry run says what would be and leaves nothing") {
  const Training training;
  Process process = training.start_new("dry", {"--dry-run"});
  CHECK(process.wait() == 0);
  const std::string output = process.output();
  CHECK_THAT(output, Catch::Contains("dark: 3 + 1") && Catch::Contains("broken: 0") &&
                         Catch::Contains("memory:") && Catch::Contains("time: about"));
  CHECK_FALSE(std::filesystem::exists(training.run("dry")));
}

TEST_CASE("a picture of training clips is drawn and leaves no run") {
  const Training training;
  if (!can_draw()) return skip("this build draws no pictures");
  const std::filesystem::path png = training.scratch / "clips.png";
  Process process = training.start_new("shown", {"--show-clips", png.string(), "--set", "scale=0.5,1",
                                                 "--set", "erase=0.3", "--set", "mixup=1,0.5"});
  CHECK(process.wait() == 0);
  CHECK_THAT(process.output(), Catch::Contains("clips.png"));
  CHECK(read_text(png).starts_with("\x89PNG"));
  CHECK_FALSE(std::filesystem::exists(training.run("shown")));
  CHECK(
      training.start_new("shown", {"--show-clips", (training.scratch / "none/clips.png").string()}).wait() ==
      1);
}

TEST_CASE("an augmented run that was killed resumes to the same bytes") {
  const Training training;
  const std::vector<std::string> varied = {"--set",  training.has_cpu() ? "device=cpu" : "device=reference",
                                           "--plan", "fixed",
                                           "--set",  "scale=0.5,1",
                                           "--set",  "rotate=20,0.5",
                                           "--set",  "noise=8",
                                           "--set",  "speed=0.75,1.5"};
  REQUIRE(training.start_new("whole", varied).wait() == 0);
  Process process = training.start_new("killed", varied);
  training.kill_at(process, "killed", 4);
  CHECK(training.start("killed", {"--resume"}).wait() == 0);
  CHECK(read_text(training.run("killed") / "last.safetensors") ==
        read_text(training.run("whole") / "last.safetensors"));
}

TEST_CASE("training starts from weights of other classes only where told to") {
  const Training training;
  REQUIRE(training.start_new("first", {"--set", "steps=1"}).wait() == 0);
  const std::string weights = (training.run("first") / "last.safetensors").string();
  write_plain_video(training.scratch / "videos/middle/a.mp4", 110);
  write_plain_video(training.scratch / "videos/middle/b.mp4", 115);
  Process refused = training.start_new("second", {"--init", weights});
  CHECK(refused.wait() == 1);
  CHECK_THAT(refused.output(), Catch::Contains("--reinit fc8"));
  CHECK(training.start_new("third", {"--init", weights, "--reinit", "fc8", "--set", "freeze=conv1,conv2"})
            .wait() == 0);
  // To go on it needs those weights no more.
  std::filesystem::rename(weights, weights + ".moved");
  CHECK(training.start("third", {"--resume"}).wait() == 0);
  std::filesystem::rename(weights + ".moved", weights);
  const NamedTensors before = read_safetensors(weights);
  const NamedTensors after = read_safetensors(training.run("third") / "last.safetensors");
  const auto values = [](const NamedTensors& tensors, const char* name) {
    const ConstTensor layer = tensors.at(name).values;
    return std::vector<float>(layer.as<float>(), layer.as<float>() + layer.count());
  };
  CHECK(values(before, "conv2.weight") == values(after, "conv2.weight"));
  CHECK(values(before, "conv3a.weight") != values(after, "conv3a.weight"));
  CHECK(after.at("fc8.weight").values.shape()[0] == 3);
  Process wrong = training.start_new("fourth", {"--set", "freeze=conv9"});
  CHECK(wrong.wait() == 1);
  CHECK_THAT(wrong.output(), Catch::Contains("no layer `conv9`"));
}

TEST_CASE("a run that diverges stops with the layer and keeps its last snapshot") {
  const Training training;
  Process process = training.start_new(
      "run", {"--set", "learning_rate=1e6", "--set", "clip_norm=0", "--set", "input_scale=100"});
  CHECK(process.wait() == 1);
  CHECK_THAT(process.output(), Catch::Contains("not finite") && Catch::Contains("Try a"));
}

TEST_CASE("a bad command line exits with 2 and help lists every key") {
  const Training training;
  Process unknown = training.start_new("run", {"--set", "widht=1"});
  CHECK(unknown.wait() == 2);
  CHECK_THAT(unknown.output(), Catch::Contains("did you mean `width`"));
  Process help = training.start("run", {"--help"});
  CHECK(help.wait() == 0);
  CHECK_THAT(help.output(), Catch::Contains("head_lr_scale") && Catch::Contains("--resume"));
}
