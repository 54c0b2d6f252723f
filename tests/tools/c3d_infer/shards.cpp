// c3d_infer --shard and merge, as a user runs them.
#include "c3d/inference/shards/division.h"
#include "catch.h"
#include "tests/tools/c3d_infer/command_fixture.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

// More clips than a batch, so that shards make other batches than one run over all; names of all kinds.
struct ShardFixture : CommandFixture {
  std::string all = "--weights w.safetensors --device cpu --plan fixed --threads 2 --clips 3 --batch 4 v ";
  ShardFixture() {
    fs::create_directory(folder / "v/sub folder");
    write_tiny_video(folder / "v/sub folder/d d.mp4", 33);
    write_tiny_video(folder / "v/e\ne.mp4", 24);
    fs::remove(folder / "v/c.mp4");
  }
  static int shard_of_a() { return shard_of_path("v/a.mp4", 3); }
  int shard(int index, const std::string& more = "", const std::string& before = "") const {
    return run(all + "--json part.jsonl --shard " + to_string(Shard{index, 3}) + " " + more, before);
  }
};

TEST_CASE_METHOD(ShardFixture,
                 "merged shards are the bytes of one run, features too, also where one ran again") {
  REQUIRE(run(all + "--json whole.jsonl --features fc6 --features-out whole") == 0);
  const std::string features = "--features fc6 --features-out parts ";
  for (int index = 0; index < 3; ++index) {
    REQUIRE(shard(index, features) == 0);
    CHECK_THAT(err(), Catch::Contains("shard " + to_string(Shard{index, 3}) + " (--shard"));
  }
  REQUIRE(run("merge part.jsonl") == 0);
  CHECK_THAT(err(), Catch::Contains("4 labelled, 0 failed, of 3 shards"));
  CHECK(read_text(folder / "part.jsonl") == read_text(folder / "whole.jsonl"));
  for (const auto& entry : fs::recursive_directory_iterator(folder / "whole")) {
    if (entry.path().extension() != ".npy") continue;
    INFO(entry.path());
    CHECK(read_text(entry.path()) ==
          read_text(folder / "parts" / entry.path().lexically_relative(folder / "whole")));
  }
  // A shard is done by what it left, and so is the whole by what shards left.
  const int busy = shard_of_a();
  REQUIRE(shard(busy, features + "--resume") == 0);
  CHECK_THAT(err(), Catch::Contains("videos were done before"));
  REQUIRE(run(all + features + "--resume") == 0);
  CHECK_THAT(err(), Catch::Contains("4 of 4 videos were done before"));
  // Features of a shard say by which recipe they were made.
  CHECK(run(kWeights + "v/a.mp4 --recipe parts/a.npy --features-out again.npy") == 0);
}

TEST_CASE_METHOD(ShardFixture, "a shard that fails or is missing decides the exit code of merging") {
  folder.write("v/c.mp4", "no video");
  std::vector<int> codes;
  for (int index = 0; index < 3; ++index) codes.push_back(shard(index));
  CHECK(std::ranges::count(codes, 1) == 1);
  CHECK(run("merge part.jsonl") == 1);
  CHECK_THAT(err(), Catch::Contains("4 labelled, 1 failed, of 3 shards"));
  CHECK_THAT(err(), Catch::Contains("v/c.mp4: failed"));
  fs::remove(folder / "part.jsonl");
  fs::remove(folder / "part.1-of-3.jsonl");
  CHECK(run("merge part.jsonl") == 2);
  CHECK_THAT(err(), Catch::Contains("1 of 3 shards is missing: 1/3"));
  CHECK(!fs::exists(folder / "part.jsonl"));
  write_tiny_video(folder / "v/c.mp4", 20);
  for (int index = 0; index < 3; ++index) REQUIRE(shard(index, "--resume") == 0);
  CHECK(run("merge part.jsonl") == 0);
}

TEST_CASE_METHOD(ShardFixture, "what starts several processes says which shard each is, and none divides") {
  const std::string mpi = "OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=3";
  REQUIRE(run(all + "--json part.jsonl", mpi) == 0);
  CHECK_THAT(err(), Catch::Contains("shard 1/3 (OMPI_COMM_WORLD_RANK=1, OMPI_COMM_WORLD_SIZE=3): "));
  CHECK(fs::exists(folder / "part.1-of-3.jsonl"));
  REQUIRE(run(kWeights + "--clips 1 v/a.mp4 --json one.jsonl", mpi) == 0);  // one video is not shared out
  CHECK(fs::exists(folder / "one.jsonl"));
  REQUIRE(run(all + "--shard none --json all.jsonl", mpi) == 0);
  CHECK(lines(read_text(folder / "all.jsonl")).size() == 4);
}

TEST_CASE_METHOD(ShardFixture, "balanced shards have about as many seconds, and are merged alike") {
  for (int index = 0; index < 3; ++index) REQUIRE(shard(index, "--balance") == 0);
  CHECK_THAT(err(), Catch::Contains("by their lengths"));
  CHECK(run("merge part.jsonl") == 0);
  REQUIRE(shard(0) == 0);
  CHECK(run("merge part.jsonl") == 2);
  CHECK_THAT(err(), Catch::Contains("without --balance"));
}

TEST_CASE_METHOD(ShardFixture, "a shard without videos has a file that says so") {
  std::string one = kWeights + "--clips 1 v/a.mp4 --timeline t.png --json part.jsonl --shard ";
  for (int index = 0; index < 3; ++index) REQUIRE(run(one + to_string(Shard{index, 3})) == 0);
  CHECK(fs::exists(folder / "t.png"));
  REQUIRE(run("merge part.jsonl") == 0);
  CHECK(lines(read_text(folder / "part.jsonl")).size() == 1);
  for (int index = 0; index < 3; ++index) REQUIRE(run(one + to_string(Shard{index, 3}) + " --resume") == 0);
}

TEST_CASE_METHOD(ShardFixture, "wrong shards are one sentence and exit code 2") {
  const auto refused = [&](const std::string& arguments, const std::string& words) {
    INFO(arguments);
    CHECK(run(arguments) == 2);
    CHECK_THAT(err(), Catch::Contains(words));
  };
  refused(all + "--shard 3/3", "shards count from 0, so that the last of 3 is 2/3");
  refused(all + "--shard 2", "is no shard: it is INDEX/COUNT");
  refused(kWeights + "- v --shard 0/2 <v/a.mp4", "'-' is one video");
  refused(kWeights + "--live v/a.mp4 --shard 0/2", "--shard");
  refused("merge absent.jsonl", "no shard of it is finished");
}

}  // namespace
}  // namespace c3d
