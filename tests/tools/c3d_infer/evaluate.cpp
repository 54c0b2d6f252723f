// c3d_infer evaluate as a user runs it, and files that are called like it.
#include "catch.h"
#include "engine/io/json.h"
#include "tests/tools/c3d_infer/command_fixture.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Fixture = CommandFixture;

const std::string kEvaluate = "evaluate list.txt " + kWeights + "--clips 2 ";

TEST_CASE_METHOD(Fixture, "a list is evaluated and what fails is exit code 1 at the end") {
  folder.write("list.txt", "v/a.mp4 walk\nv/b.mp4 run\n");
  CHECK(run(kEvaluate + "--json n.json --predictions p.jsonl") == 0);
  CHECK_THAT(out(), Catch::Contains("top-1") && Catch::Contains("mean class accuracy"));
  CHECK_THAT(err(), Catch::Contains("judging: 2 videos in"));
  const json numbers = parse_json(read_text(folder / "n.json"));
  CHECK(numbers["videos"]["count"] == 2);
  CHECK(numbers["clips"]["count"] == 4);
  CHECK(lines(read_text(folder / "p.jsonl")).size() == 3);

  folder.write("list.txt", "v/a.mp4 walk\nv/c.mp4 walk\nv/b.mp4 run\n");
  CHECK(run(kEvaluate + "--json -") == 1);
  CHECK(parse_json(out())["failed"][0]["file"].get<std::string>().ends_with("v/c.mp4"));
  CHECK(parse_json(out())["videos"] == numbers["videos"]);
  CHECK_THAT(err(), Catch::Contains("1 of 3 videos could not be judged"));
}

TEST_CASE_METHOD(Fixture, "what an evaluation found is not lost with a file that cannot be written") {
  folder.write("list.txt", "v/a.mp4 walk\nv/b.mp4 run\n");
  for (const char* output : {"--predictions", "--confusion", "--report", "--json"}) {
    INFO(output);
    const bool is_first = std::string(output) == "--predictions";
    CHECK(run(kEvaluate + output + " /dev/full" + (is_first ? " --confusion c.csv" : "")) == 1);
    CHECK_THAT(out(), Catch::Contains("mean class accuracy"));
    CHECK_THAT(err(), Catch::Contains("c3d_infer: cannot write /dev/full"));
  }
  CHECK_THAT(read_text(folder / "c.csv"), Catch::Contains("\nwalk,"));
}

TEST_CASE_METHOD(Fixture, "an evaluation takes a folder for each class") {
  fs::create_directories(folder / "set/walk");
  fs::create_directories(folder / "set/run");
  fs::copy(folder / "v/a.mp4", folder / "set/walk/a.mp4");
  fs::copy(folder / "v/b.mp4", folder / "set/run/b.mp4");
  CHECK(run("evaluate set " + kWeights + "--clips 1 --report page.html --confusion c.csv") == 0);
  CHECK_THAT(read_text(folder / "page.html"), Catch::Contains("An evaluation of a trained C3D") &&
                                                  Catch::Contains("says where the network finds"));
  CHECK_THAT(read_text(folder / "c.csv"), Catch::Contains("\nwalk,"));
}

TEST_CASE_METHOD(Fixture, "a wrong command line of evaluate is one clear line") {
  folder.write("list.txt", "v/a.mp4 walk\nv/b.mp4 rn\n");
  CHECK(run(kEvaluate) == 1);
  CHECK_THAT(err(), Catch::Contains("list.txt:2") && Catch::Contains("did you mean 'run'?"));
  CHECK(run("evaluate list.txt") == 2);
  CHECK_THAT(err(), Catch::Contains("--weights"));
  CHECK(run("evaluate " + kWeights) == 2);
  CHECK_THAT(err(), Catch::Contains("LIST"));
  CHECK(run(kEvaluate + "--jsn x") == 2);
  CHECK_THAT(err(), Catch::Contains("did you mean --json?"));
  CHECK(run(kEvaluate + "--clips 2 --window 16") == 2);
  CHECK(run(kEvaluate + "--json list.txt") == 2);
  CHECK_THAT(err(), Catch::Contains("would overwrite"));
  CHECK(run("evaluate absent.txt " + kWeights) == 1);
  CHECK_THAT(err(), Catch::Contains("absent.txt: no such folder or list"));
}

TEST_CASE_METHOD(Fixture, "a video called evaluate is labelled") {
  fs::copy(folder / "v/a.mp4", folder / "evaluate");
  CHECK(run("./evaluate --clips 1 " + kWeights) == 0);
  CHECK_THAT(out(), Catch::StartsWith("./evaluate: "));
  CHECK(run(kWeights + "--clips 1 evaluate v/b.mp4") == 0);
  CHECK_THAT(out(), Catch::StartsWith("evaluate: ") && Catch::Contains("v/b.mp4: "));
}

TEST_CASE_METHOD(Fixture, "a word that was meant for a command has it named") {
  CHECK(run("evalute list.txt " + kWeights) == 2);
  CHECK_THAT(err(), Catch::Contains("did you mean the command evaluate?"));
  CHECK(run(kWeights + "evaluate list.txt") == 2);
  CHECK_THAT(err(), Catch::Contains("It is the first word: c3d_infer evaluate"));
}

TEST_CASE_METHOD(Fixture, "help names the command and the command its options") {
  CHECK(run("--help") == 0);
  CHECK_THAT(out(), Catch::Contains("evaluate") && Catch::Contains("./evaluate"));
  CHECK(run("evaluate --help") == 0);
  for (const char* option : {"LIST", "--weights", "--clips", "--json", "--predictions", "--confusion",
                             "--confusion-picture", "--reliability", "--report", "--device", "--batch"}) {
    INFO(option);
    CHECK_THAT(out(), Catch::Contains(option));
  }
  CHECK(out().find("--overlay") == std::string::npos);
}

}  // namespace
}  // namespace c3d
