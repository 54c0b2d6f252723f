// c3d_infer evaluate by several processes, as a user runs it.
#include "c3d/inference/shards/shard.h"
#include "catch.h"
#include "tests/tools/c3d_infer/command_fixture.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

struct EvaluationShards : CommandFixture {
  std::string all =
      "evaluate list.txt --weights w.safetensors --device cpu --plan fixed --threads 2 --batch 4 ";
  EvaluationShards() {
    write_tiny_video(folder / "v/d.mp4", 33);
    folder.write("list.txt", "v/a.mp4 walk\nv/b.mp4 run\nv/d.mp4 walk\n");
  }
  int shard(int index, const std::string& more = "--clips 3") const {
    return run(all + "--json n.json --shard " + to_string(Shard{index, 2}) + " " + more);
  }
  void refused(const std::string& arguments, const std::string& words) const {
    INFO(arguments);
    CHECK(run(arguments) == 2);
    CHECK_THAT(err(), Catch::Contains(words));
  }
};

TEST_CASE_METHOD(EvaluationShards,
                 "shards of an evaluation give the numbers, the text and the files of one process") {
  REQUIRE(run(all + "--clips 3 --json whole.json --predictions whole.jsonl --confusion whole.csv") == 0);
  const std::string text = out();
  for (int index = 0; index < 2; ++index) {
    REQUIRE(shard(index) == 0);
    CHECK(fs::exists(folder / ("n." + shard_mark({index, 2}) + ".json")));
  }
  REQUIRE(run(all + "--clips 3 --json n.json --merge --predictions n.jsonl --confusion n.csv") == 0);
  CHECK(out() == text);
  CHECK(read_text(folder / "n.json") == read_text(folder / "whole.json"));
  CHECK(read_text(folder / "n.jsonl") == read_text(folder / "whole.jsonl"));
  CHECK(read_text(folder / "n.csv") == read_text(folder / "whole.csv"));
}

TEST_CASE_METHOD(EvaluationShards,
                 "shards of an evaluation that are missing or of another one are not counted") {
  REQUIRE(shard(0) == 0);
  refused(all + "--clips 3 --json n.json --merge", "1 of 2 shards is missing: 1/2");
  REQUIRE(shard(1, "--clips 2") == 0);
  refused(all + "--clips 3 --json n.json --merge", "made in another way");
  REQUIRE(shard(1) == 0);
  refused(all + "--json n.json --merge --clips 2", "judged in another way");
  refused("merge n.json", "c3d_infer evaluate --merge");
  folder.write("list.txt", "v/a.mp4 walk\nv/b.mp4 run\n");
  refused(all + "--clips 3 --json n.json --merge", "of another list (3 videos)");
  CHECK(!fs::exists(folder / "n.json"));
  refused(all + "--json n.json --merge --shard 0/2", "give one of them");
  refused(all + "--shard 0/2", "--shard wants --json FILE");
  refused(all + "--shard 0/2 --json n.json --report page.html", "ask for it with --merge");
}

TEST_CASE_METHOD(EvaluationShards, "a video that a shard cannot judge is counted as one process counts it") {
  folder.write("list.txt", "v/a.mp4 walk\nv/c.mp4 run\nv/d.mp4 run\n");
  REQUIRE(run(all + "--clips 3 --json whole.json") == 1);
  CHECK(shard(0) + shard(1) == 1);
  CHECK(run(all + "--clips 3 --json n.json --merge") == 1);
  CHECK_THAT(err(), Catch::Contains("1 of 3 videos could not be judged"));
  CHECK(read_text(folder / "n.json") == read_text(folder / "whole.json"));
}

}  // namespace
}  // namespace c3d
