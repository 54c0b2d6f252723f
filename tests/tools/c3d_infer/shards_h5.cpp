// Features of several shards in HDF5 files, and one file of them, as a user makes it.
#include "c3d/inference/shards/division.h"
#include "catch.h"
#include "tests/tools/c3d_infer/command_fixture.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

struct TableShards : CommandFixture {
  std::string all =
      "--weights w.safetensors --device cpu --plan fixed --threads 2 --clips 2 --batch 4 --features fc6 v ";
  TableShards() { fs::remove(folder / "v/c.mp4"); }
  int shard(int index, const std::string& more = "") const {
    return run(all + "--features-out part.h5 --shard " + to_string(Shard{index, 3}) + " " + more);
  }
  void refused(const std::string& words) const {
    CHECK(run("merge part.h5") == 2);
    CHECK_THAT(err(), Catch::Contains(words));
    CHECK(!fs::exists(folder / "part.h5"));
  }
};

TEST_CASE_METHOD(TableShards,
                 "HDF5 files of shards are merged to the bytes of one run's, also where one ran again") {
  REQUIRE(run(all + "--features-out whole.h5") == 0);
  for (int index = 0; index < 3; ++index) {
    REQUIRE(shard(index) == 0);
    CHECK(fs::exists(folder / ("part." + shard_mark({index, 3}) + ".h5")));  // of a shard without videos too
  }
  REQUIRE(shard(shard_of_path("v/a.mp4", 3), "--resume") == 0);
  CHECK_THAT(err(), Catch::Contains("videos were done before"));
  CHECK(run("merge part.h5", "ulimit -f 20;") == 1);
  CHECK_THAT(err(), Catch::Contains("part.h5: the file would be") && Catch::Contains("ulimit -f"));
  REQUIRE(run("merge part.h5") == 0);
  CHECK_THAT(err(), Catch::Contains(" labelled, 0 failed, of 3 shards"));
  CHECK(read_text(folder / "part.h5") == read_text(folder / "whole.h5"));
  CHECK(!fs::exists(folder / ".part.h5.parts"));
}

TEST_CASE_METHOD(TableShards,
                 "HDF5 files of shards that are missing, unfinished or of another run are not merged") {
  const int busy = shard_of_path("v/a.mp4", 3), other = (busy + 1) % 3;
  const auto path = [&](int index) { return folder / ("part." + shard_mark({index, 3}) + ".h5"); };
  for (int index = 0; index < 3; ++index) {
    if (index != other) REQUIRE(shard(index) == 0);
  }
  refused("1 of 3 shards is missing: " + to_string(Shard{other, 3}));
  REQUIRE(run(all + "--features-out " + path(other).filename().native() + " --shard none") == 0);
  refused("its shard is not finished: run --shard " + to_string(Shard{other, 3}));
  fs::copy_file(path(busy), path(other), fs::copy_options::overwrite_existing);
  refused("under another shard's name");
  fs::remove(path(other));
  REQUIRE(shard(other, "--l2") == 0);
  refused("made in another way");
  REQUIRE(shard(other) == 0);
  const std::string good = read_text(path(other));
  for (const std::size_t place : {std::size_t{60}, good.size() / 3, good.size() / 2, good.size() - 200}) {
    std::string damaged = good;
    damaged[place] = static_cast<char>(~damaged[place]);
    folder.write(path(other).filename().native(), damaged);
    refused("it was damaged since it was written");
  }
  CHECK(shard(other, "--resume") == 1);
  CHECK_THAT(err(), Catch::Contains("was damaged since it was written"));
  folder.write(path(other).filename().native(), good.substr(0, good.size() / 2));
  refused("its shard is not finished");
  folder.write(path(other).filename().native(), "no HDF5");
  refused("it is no HDF5 file");
}

TEST_CASE_METHOD(TableShards, "a video that failed in a shard is named, and the others' tables are merged") {
  folder.write("v/c.mp4", "no video");
  for (int index = 0; index < 3; ++index) static_cast<void>(shard(index));
  CHECK(run("merge part.h5") == 1);
  CHECK_THAT(err(), Catch::Contains("1 failed, of 3 shards") && Catch::Contains("v/c.mp4: failed"));
  REQUIRE(run(all + "--features-out whole.h5") == 1);
  CHECK(read_text(folder / "part.h5") == read_text(folder / "whole.h5"));
}

}  // namespace
}  // namespace c3d
