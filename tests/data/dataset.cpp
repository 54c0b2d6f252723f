#include "data/dataset.h"

#include "catch.h"
#include "engine/core/error.h"
#include "tests/data/files.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a folder per class gives classes sorted by name and videos sorted by path") {
  const ScratchFolder folder;
  for (const char* name : {"walk/b.avi", "walk/a.MP4", "run fast/2.mkv", "walk/part/c.webm"})
    make_file(folder / name);
  const Dataset dataset = read_dataset(folder.path(), {});
  REQUIRE(dataset.labels == std::vector<std::string>{"run fast", "walk"});
  REQUIRE(dataset.videos.size() == 4);
  REQUIRE(dataset.videos[0].path == folder / "run fast/2.mkv");
  REQUIRE(dataset.videos[0].label == 0);
  REQUIRE(dataset.videos[1].path == folder / "walk/a.MP4");
  REQUIRE(dataset.videos[2].path == folder / "walk/b.avi");
  REQUIRE(dataset.videos[3].path == folder / "walk/part/c.webm");
  REQUIRE(dataset.videos[3].label == 1);
  REQUIRE(dataset.ignored_files == 0);
}

TEST_CASE("files that are no videos are counted, hidden ones are not even that") {
  const ScratchFolder folder;
  for (const char* name :
       {"a/1.avi", "a/notes.txt", "a/cover.jpg", "a/.DS_Store", "a/.old/2.avi", ".git/config", "README.md"}) {
    make_file(folder / name);
  }
  const Dataset dataset = read_dataset(folder.path(), {});
  REQUIRE(dataset.labels == std::vector<std::string>{"a"});
  REQUIRE(dataset.videos.size() == 1);
  REQUIRE(dataset.ignored_files == 3);
}

TEST_CASE("links to videos and to class folders are followed") {
  const ScratchFolder folder, elsewhere;
  make_file(elsewhere / "jump/1.avi");
  make_file(elsewhere / "2.avi");
  make_file(folder / "walk/3.avi");
  fs::create_directory_symlink(elsewhere / "jump", folder / "jump");
  fs::create_symlink(elsewhere / "2.avi", folder / "walk/2.avi");
  const Dataset dataset = read_dataset(folder.path(), {});
  REQUIRE(dataset.labels == std::vector<std::string>{"jump", "walk"});
  REQUIRE(dataset.videos.size() == 3);
}

TEST_CASE("a folder that links to itself is an error and no endless walk") {
  const ScratchFolder folder;
  make_file(folder / "a/1.avi");
  fs::create_directory_symlink(folder / "a", folder / "a/again");
  REQUIRE_THROWS_WITH(read_dataset(folder.path(), {}), Catch::Contains("links"));
}

TEST_CASE("class folders without videos are named") {
  const ScratchFolder folder;
  make_file(folder / "a/1.avi");
  fs::create_directories(folder / "b");
  make_file(folder / "c/readme.txt");
  REQUIRE_THROWS_WITH(read_dataset(folder.path(), {}), Catch::Contains("b, c"));
}

TEST_CASE("a folder that is none of class folders says what it should be") {
  const ScratchFolder folder;
  REQUIRE_THROWS_WITH(read_dataset(folder.path(), {}), Catch::Contains("no class folders"));
  REQUIRE_THROWS_WITH(read_dataset(folder / "absent", {}), Catch::Contains("no such folder or list"));
  make_file(folder / "train/a/1.avi");
  make_file(folder / "val/a/2.avi");
  REQUIRE_THROWS_WITH(read_dataset(folder.path(), {}), Catch::Contains("give one of its folders"));
  REQUIRE(read_dataset(folder / "train", {}).videos.size() == 1);
  make_file(folder / "loose.avi");
  REQUIRE_THROWS_WITH(read_dataset(folder.path(), {}), Catch::Contains("beside the class folders"));
}

TEST_CASE("folders of a validation set follow the training set's classes") {
  const ScratchFolder folder;
  make_file(folder / "walk/1.avi");
  const Dataset dataset = read_dataset(folder.path(), {}, {"jump", "run", "walk"});
  REQUIRE(dataset.labels == std::vector<std::string>{"jump", "run", "walk"});
  REQUIRE(dataset.videos[0].label == 2);
  fs::create_directories(folder / "run");  // a class may have no video here
  REQUIRE(read_dataset(folder.path(), {}, {"jump", "run", "walk"}).videos.size() == 1);
  make_file(folder / "wakl/1.avi");
  REQUIRE_THROWS_WITH(read_dataset(folder.path(), {}, {"jump", "run", "walk"}),
                      Catch::Contains("wakl") && Catch::Contains("did you mean 'walk'"));
}

TEST_CASE("names say what is a video, whatever their case") {
  REQUIRE(is_video_name("a/b.AVI"));
  REQUIRE(is_video_name("v_CricketShot_g04_c01_rgb.gif"));
  REQUIRE_FALSE(is_video_name("avi"));
  REQUIRE_FALSE(is_video_name("a.avi.txt"));
  REQUIRE_FALSE(is_video_name("sound.mp3"));
}

}  // namespace
}  // namespace c3d
