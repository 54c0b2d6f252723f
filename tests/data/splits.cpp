#include "data/splits.h"

#include "catch.h"
#include "engine/core/error.h"
#include "tests/data/files.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

void make_classes(const fs::path& folder) {
  make_file(folder / "x/1.avi");
  make_file(folder / "y/1.avi");
}

TEST_CASE("the usual names of splits are known in any case") {
  const auto [train, validation, test] =
      GENERATE(table<const char*, const char*, const char*>({{"train", "val", "test"},
                                                             {"Train", "Val", "Test"},
                                                             {"training", "validation", "testing"},
                                                             {"TRAIN", "valid", "TEST"},
                                                             {"train", "dev", "test"},
                                                             {"train_set", "val_set", "test_set"},
                                                             {"TrainSet", "valid-videos", "testing_data"},
                                                             {"train-split", "valsplit", "testdata"}}));
  const ScratchFolder folder;
  for (const char* name : {train, validation, test}) make_classes(folder / name);
  const Sides sides = find_sides(folder.path(), {});
  REQUIRE(sides.train == folder / train);
  REQUIRE(sides.validation == folder / validation);
  REQUIRE(sides.left_out.empty());
  REQUIRE(sides.notes.size() == 1);
  REQUIRE_THAT(sides.notes[0], Catch::Contains(fmt::format("{}/ trains, {}/ validates, {}/ is left alone",
                                                           train, validation, test)));
}

TEST_CASE("without a folder that validates, test is left alone and the output says so") {
  const ScratchFolder folder;
  make_classes(folder / "train");
  make_classes(folder / "test");
  const Sides sides = find_sides(folder.path(), {});
  REQUIRE(sides.train == folder / "train");
  REQUIRE(sides.validation.empty());
  REQUIRE_THAT(sides.notes[0],
               Catch::Contains("train/ trains, no folder in it validates, test/ is left alone"));
}

TEST_CASE("of two folders that could validate the one with videos does; else both are named") {
  const ScratchFolder folder;
  make_classes(folder / "train");
  make_classes(folder / "val");
  fs::create_directories(folder / "dev");
  REQUIRE(find_sides(folder.path(), {}).validation == folder / "val");
  make_classes(folder / "dev");
  REQUIRE_THROWS_WITH(find_sides(folder.path(), {}),
                      Catch::Contains("dev/") && Catch::Contains("val/") && Catch::Contains("--val"));
  REQUIRE(find_sides(folder.path(), folder / "dev").validation == folder / "dev");
}

TEST_CASE("a folder named like a split is a class beside other classes") {
  const ScratchFolder folder;
  for (const char* name : {"train/1.avi", "car/1.avi", "bus/1.avi"}) make_file(folder / name);
  const Sides sides = find_sides(folder.path(), {});
  REQUIRE(sides.train == folder.path());
  REQUIRE_THAT(sides.notes[0], Catch::Contains("train/ is taken for a class"));
  REQUIRE(read_dataset(sides.train, {}, {}, sides.left_out).labels ==
          std::vector<std::string>{"bus", "car", "train"});
}

TEST_CASE("splits among the classes that they hold once more are none") {
  const ScratchFolder folder;
  make_classes(folder.path());
  make_classes(folder / "Validation");
  make_classes(folder / "test");
  const Sides sides = find_sides(folder.path(), {});
  REQUIRE(sides.train == folder.path());
  REQUIRE(sides.validation == folder / "Validation");
  const Dataset train = read_dataset(sides.train, {}, {}, sides.left_out);
  REQUIRE(train.labels == std::vector<std::string>{"x", "y"});
  REQUIRE(train.videos.size() == 2);
}

TEST_CASE("a validation folder of one's own below the data is no class") {
  const ScratchFolder folder;
  make_classes(folder.path());
  make_classes(folder / "mine");
  const Sides sides = find_sides(folder.path(), folder / "mine");
  REQUIRE(read_dataset(sides.train, {}, {}, sides.left_out).labels == std::vector<std::string>{"x", "y"});
}

TEST_CASE("training videos that would validate are known, however they are called") {
  const ScratchFolder folder, links;
  make_classes(folder / "train");
  const fs::path list = make_file(folder / "list.txt", "train/x/1.avi x\n");
  fs::create_symlink(folder.path(), links / "data");
  fs::create_symlink(list, links / "list.txt");
  REQUIRE(find_sides(folder.path(), folder.path()).are_the_same);
  REQUIRE(find_sides(folder.path(), links / "data").are_the_same);
  REQUIRE(find_sides(folder.path(), links / "data/train").are_the_same);
  REQUIRE(find_sides(folder.path(), links / "data/train").validation == folder / "train");
  REQUIRE(find_sides(list, links / "list.txt").are_the_same);
  REQUIRE_FALSE(find_sides(list, folder.path()).are_the_same);
  REQUIRE_THROWS_WITH(find_sides(list, folder / "absent"), Catch::Contains("no such folder or list"));
}

TEST_CASE("one file under two names on both sides is found") {
  const ScratchFolder folder;
  make_classes(folder / "train");
  make_classes(folder / "val");
  fs::create_hard_link(folder / "train/x/1.avi", folder / "val/x/2.avi");
  fs::create_symlink(folder / "train/y/1.avi", folder / "val/y/2.avi");
  const Dataset train = read_dataset(folder / "train", {}), val = read_dataset(folder / "val", {});
  const auto pairs = shared_videos(train, val);
  REQUIRE(pairs.size() == 2);
  REQUIRE(pairs[0].first == folder / "train/x/1.avi");
  REQUIRE(pairs[0].second == folder / "val/x/2.avi");
}

}  // namespace
}  // namespace c3d
