// The program itself, as a user runs it.
#include <filesystem>

#include "catch.h"
#include "tests/support/skip.h"
#include "tests/tools/c3d_infer/command_fixture.h"

namespace c3d {
namespace {

using nlohmann::json;
using Fixture = CommandFixture;

TEST_CASE_METHOD(Fixture, "a folder with one bad file gives a line each and exit code 1") {
  CHECK(run(kWeights + "v --json r.jsonl") == 1);
  const std::vector<json> results = lines(read_text(folder / "r.jsonl"));
  REQUIRE(results.size() == 3);
  CHECK(results[0]["file"] == "v/a.mp4");
  CHECK(results[0]["status"] == "ok");
  CHECK(results[0]["frames"] == 40);
  CHECK(results[0]["labels"].size() == 5);
  CHECK(results[0]["clips"].size() == 10);
  CHECK(results[1]["frames"] == 20);
  CHECK(results[2]["status"] == "failed");
  CHECK(!results[2]["error"].get<std::string>().empty());
  CHECK(out().find("v/a.mp4: ") == 0);
  CHECK(out().find("\nv/c.mp4: failed: ") != std::string::npos);
  CHECK(err().find("pool5 pytorch") != std::string::npos);
  CHECK(err().find("2 labelled, 1 failed") != std::string::npos);
  CHECK(err().find("\nwork: decoding 0.") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "JSON on standard output leaves people the other stream") {
  CHECK(run(kWeights + "v/b.mp4 --top 2 --json -") == 0);
  const std::vector<json> results = lines(out());
  REQUIRE(results.size() == 1);
  CHECK(results[0]["labels"].size() == 2);
  CHECK(err().find("v/b.mp4: ") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "standard input gives what the file gives") {
  REQUIRE(run(kWeights + "v/a.mp4 --window 16 --json -") == 0);
  json file = lines(out()).at(0);
  REQUIRE(run(kWeights + "- --window 16 --json -", "cat v/a.mp4 |") == 0);
  json input = lines(out()).at(0);
  CHECK(input["file"] == "-");
  CHECK(input["clips"].size() == 4);
  for (const char* key : {"file", "source"}) {
    file.erase(key);
    input.erase(key);
  }
  CHECK(input == file);
}

TEST_CASE_METHOD(Fixture, "what decodes changes no result, and a decoder that is not there is one error") {
  REQUIRE(run(kWeights + "v/a.mp4 --json -") == 0);
  const json by_cpu = lines(out()).at(0);
  REQUIRE(run(kWeights + "v/a.mp4 --json - --decode auto") == 0);
  CHECK(lines(out()).at(0) == by_cpu);
  CHECK(err().find("\nvideos are decoded on the CPU, because no GPU computes\n") != std::string::npos);
  CHECK(run(kWeights + "v/a.mp4 --json r.jsonl --decode gpu") == 2);
  CHECK(err().find("auto, cpu, cuda") != std::string::npos);
  if (run(kWeights + "v/a.mp4 --json r.jsonl --decode cuda") == 0) return skip("a GPU decodes here");
  CHECK(err().find("let the CPU") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder / "r.jsonl"));
}

TEST_CASE_METHOD(Fixture, "a list stands beside videos named on the command line") {
  folder.write("list.txt", "v/b.mp4\n");
  CHECK(run(kWeights + "--clips 1 --json - --list list.txt v/a.mp4") == 0);
  const std::vector<json> results = lines(out());
  REQUIRE(results.size() == 2);
  CHECK(results[0]["file"] == "v/a.mp4");
  CHECK(results[1]["file"] == "v/b.mp4");
}

TEST_CASE_METHOD(Fixture, "features of several videos go into a folder") {
  CHECK(run(kWeights + "v/a.mp4 v/b.mp4 --clips 2 --features fc8 --features-out f") == 0);
  CHECK(std::filesystem::exists(folder / "f/v/a.npy"));
  CHECK(std::filesystem::exists(folder / "f/v/b.npy"));
}

TEST_CASE_METHOD(Fixture, "a run that was cut off is resumed where it stopped") {
  const std::string all = kWeights + "v --clips 2 --json r.jsonl --features fc6 --features-out f --resume ";
  CHECK(run(all) == 1);
  const std::string finished = read_text(folder / "r.jsonl");
  const auto made = std::filesystem::last_write_time(folder / "f/a.npy");
  // As it was when b.mp4 was next.
  folder.write(".r.jsonl.part", finished.substr(0, finished.find('\n') + 1));
  std::filesystem::remove(folder / "r.jsonl");
  std::filesystem::remove(folder / "f/b.npy");
  CHECK(run(all) == 1);
  CHECK(read_text(folder / "r.jsonl") == finished);
  CHECK(err().find("1 of 3 videos were done before") != std::string::npos);
  CHECK(err().find("1 labelled, 1 failed") != std::string::npos);
  CHECK(err().find("  v/c.mp4: failed: ") != std::string::npos);
  CHECK(std::filesystem::last_write_time(folder / "f/a.npy") == made);
  CHECK(std::filesystem::exists(folder / "f/b.npy"));
}

TEST_CASE_METHOD(Fixture, "Caffe's files lie in a folder for each video") {
  CHECK(run(kWeights +
            "v/a.mp4 --window 16 --step 8 --features pool5 --features-out f --feature-format caffe") == 0);
  for (const char* name : {"f/a/000000.pool5", "f/a/000008.pool5", "f/a/000016.pool5", "f/a/000024.pool5"}) {
    CHECK(read_text(folder / name).substr(0, 8) == std::string("\1\0\0\0\x08\0\0\0", 8));
  }
  CHECK(!std::filesystem::exists(folder / "f/a/000032.pool5"));
}

TEST_CASE_METHOD(Fixture, "weights that do not say how frames are prepared want a profile") {
  write_small_model(folder / "w.safetensors", {.with_preprocessing = false});
  CHECK(run(kWeights + "v/a.mp4") == 1);
  CHECK(err().find("--profile caffe-sports1m, pvr, mmaction2, custom") != std::string::npos);
  for (const char* profile : {"caffe-sports1m", "pvr", "mmaction2"}) {
    CHECK(run(kWeights + "v/a.mp4 --clips 1 --profile " + profile) == 0);
    CHECK(err().find(std::string(profile) + ": ") != std::string::npos);
  }
  CHECK(run(kWeights + "v/a.mp4 --profile c3d") == 2);
  write_small_model(folder / "w.safetensors");
  CHECK(run(kWeights + "v/a.mp4 --profile pvr") == 1);
  CHECK(err().find("leave --profile out") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a wrong command line is exit code 2") {
  CHECK(run(kWeights) == 2);
  CHECK(err().find("VIDEO") != std::string::npos);
  CHECK(run("v/a.mp4") == 2);
  CHECK(err().find("--weights") != std::string::npos);
  CHECK(run(kWeights + "v/a.mp4 --clips 2 --window 16") == 2);
  CHECK(run(kWeights + "v/a.mp4 --features fc6") == 2);
  CHECK(run(kWeights + "v/a.mp4 --step 4") == 2);
  CHECK(run(kWeights + "v/a.mp4 --resume") == 2);
  CHECK(run(kWeights + "v/a.mp4 --features fc6 --features-out f --pool most") == 2);
  CHECK(run(kWeights + "v/a.mp4 --features fc6 --features-out f --pool mean --feature-format caffe") == 2);
  CHECK(run(kWeights + "v/a.mp4 --features fc9 --features-out f") == 2);
  CHECK(err().find("--features: is 'fc9', but must be one of pool5, fc6, fc7, fc8, probabilities; the "
                   "nearest is 'fc6'") != std::string::npos);
  CHECK(run(kWeights + "v/a.mp4 --precision bf61") == 2);
  CHECK(
      err().find("--precision: is 'bf61', but must be one of f32, tf32, bf16, fp8; the nearest is 'bf16'") !=
      std::string::npos);
}

TEST_CASE_METHOD(Fixture, "numbers out of their range are refused with it at the command line") {
  const auto is_refused = [&](const std::string& option, const std::string& text, const std::string& range) {
    INFO(option << " " << text);
    CHECK(run(kWeights + "v/a.mp4 " + option + " " + text) == 2);
    CHECK_THAT(err(),
               Catch::Contains(option + ": is '" + text + "', but must be a") && Catch::Contains(range));
  };
  for (const char* text : {"0", "-1", "99999999999999999999"}) {
    is_refused("--top", text, "whole number from 1 to 1000000");
    is_refused("--frame-stride", text, "whole number from 1 to 1000");
    for (const char* option : {"--clips", "--window", "--step"})
      is_refused(option, text, "whole number from 1 to 2147483647");
  }
  is_refused("--frame-stride", "99999999", "from 1 to 1000");
  is_refused("--window", "2147483648", "from 1 to 2147483647");
  is_refused("--read-timeout", "nan", "number from 0.001 to 1000000");
  CHECK(run("--wieghts w.safetensors v/a.mp4") == 2);
  CHECK_THAT(err(), Catch::Contains("there is no option --wieghts; did you mean --weights?"));
  CHECK(run(kWeights + "v/a.mp4 --pool5 cafe") == 2);
  CHECK_THAT(err(), Catch::Contains("the nearest is 'caffe'"));
  CHECK(run(kWeights + "v/a.mp4 --json v") == 1);
  CHECK_THAT(err(), Catch::Contains("it is a folder"));
}

TEST_CASE_METHOD(Fixture, "what cannot work is one clear line") {
  CHECK(run("--weights absent.safetensors v/a.mp4 --device reference") == 1);
  CHECK(err().find("absent.safetensors") != std::string::npos);
  CHECK(run(kWeights + "v/a.mp4 --window 8") == 2);
  CHECK(err().find("can only be 16") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "help names every option with its default") {
  CHECK(run("--help") == 0);
  CHECK(out().find("128 + its number after a signal") != std::string::npos);
  for (const char* option :
       {"--weights",   "--list",    "--top",      "--clips",     "--window",       "--step",
        "--json",      "--overlay", "--timeline", "--features",  "--features-out", "--feature-format",
        "--pool",      "--l2",      "--resume",   "--profile",   "--mean",         "--frame-stride",
        "--numbering", "--pool5",   "--device",   "--precision", "--threads",      "--batch"}) {
    INFO(option);
    CHECK(out().find(option) != std::string::npos);
  }
}

TEST_CASE_METHOD(Fixture, "frames by time are counted in every output, and their times are real") {
  REQUIRE(run(kWeights + "v/a.mp4 --fps 12.5 --window 16 --step 4 --json r.jsonl") == 0);
  const json result = lines(read_text(folder / "r.jsonl")).at(0);
  CHECK(result["frames"] == 20);
  CHECK(result["fps"] == 12.5);
  CHECK(result["seconds"].get<double>() == Approx(1.6));
  REQUIRE(result["clips"].size() == 2);
  CHECK(result["clips"][1]["first_frame"] == 4);
  CHECK(result["clips"][1]["start_seconds"].get<double>() == Approx(0.32));
  CHECK(result["clips"][1]["end_seconds"].get<double>() == Approx(1.6));
  // Another rate is another way to make it.
  REQUIRE(run(kWeights + "v/a.mp4 --window 16 --step 4 --json r.jsonl --resume") == 0);
  CHECK(err().find("done anew") != std::string::npos);
  CHECK(lines(read_text(folder / "r.jsonl")).at(0)["frames"] == 40);
}

TEST_CASE_METHOD(Fixture, "weights say at which rate their frames are taken, and --fps says otherwise") {
  write_small_model(folder / "w.safetensors", {.fps = {10, 1}});
  REQUIRE(run(kWeights + "v/a.mp4 --json -") == 0);
  CHECK(lines(out()).at(0)["frames"] == 16);
  CHECK(err().find("at stride 1 of 10 a second") != std::string::npos);
  REQUIRE(run(kWeights + "v/a.mp4 --json - --fps file") == 0);
  CHECK(lines(out()).at(0)["frames"] == 40);
  REQUIRE(run(kWeights + "v/a.mp4 --json - --numbering ffmpeg-cfr") == 1);
  CHECK(err().find("fps file") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "rates that are none, and both ways to count, are refused") {
  for (const char* rate : {"0", "-5", "1e9", "fast", "25/0"}) {
    CAPTURE(rate);
    CHECK(run(kWeights + "v/a.mp4 --fps " + rate) == 2);
    CHECK(err().find("--fps") != std::string::npos);
    CHECK(err().find("from 0.001 to 1000") != std::string::npos);
  }
  CHECK(run(kWeights + "v/a.mp4 --fps 10 --numbering ffmpeg-cfr") == 2);
}

TEST_CASE_METHOD(Fixture, "features of several crops are a table of three axes, which npy alone has") {
  const std::string features = "v/a.mp4 --window 16 --step 8 --features fc6 --features-out f.npy --crops 10";
  REQUIRE(run(kWeights + features + " --json -") == 0);
  CHECK(read_text(folder / "f.npy").find("'shape': (4, 10, 64)") != std::string::npos);
  CHECK(lines(out()).at(0)["made_by"]["clips"].get<std::string>().find("10 crops") != std::string::npos);
  for (const char* format : {"csv", "caffe"}) {
    CHECK(run(kWeights + features + " --feature-format " + format) == 2);
    CHECK(err().find("npy") != std::string::npos);
  }
  CHECK(run(kWeights + "v/a.mp4 --crops 5") == 2);
  CHECK(err().find("--crops") != std::string::npos);
}

}  // namespace
}  // namespace c3d
