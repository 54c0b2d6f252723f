#include "data/dataset.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

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

TEST_CASE("links in a circle end, and each video is read once") {
  const ScratchFolder folder;
  make_file(folder / "a/1.avi");
  make_file(folder / "b/2.avi");
  fs::create_directory_symlink(folder / "a", folder / "a/again");
  fs::create_directory_symlink(".", folder / "a/one");
  fs::create_directory_symlink("..", folder / "a/up");
  fs::create_directory_symlink(folder.path().parent_path(), folder / "b/above");
  const Dataset dataset = read_dataset(folder.path(), {});
  REQUIRE(dataset.labels == std::vector<std::string>{"a", "b"});
  REQUIRE(dataset.videos.size() == 2);
  REQUIRE(dataset.notes.size() == 1);
  REQUIRE_THAT(dataset.notes[0], Catch::Contains("read already") && Catch::Contains("3 more"));
}

TEST_CASE("a folder keeps its videos from links to it that come first") {
  const ScratchFolder folder;
  make_file(folder / "b/1.avi");
  make_file(folder / "b/2.avi");
  make_file(folder / "a/3.avi");
  fs::create_directory_symlink("../b", folder / "a/0_link");
  const Dataset dataset = read_dataset(folder.path(), {});
  REQUIRE(dataset.videos.size() == 3);
  REQUIRE(dataset.videos[0].path == folder / "a/3.avi");
  REQUIRE(dataset.videos[1].label == 1);
}

TEST_CASE("pipes and links that lead nowhere are passed over with a note") {
  const ScratchFolder folder;
  make_file(folder / "a/1.avi");
  REQUIRE(mkfifo((folder / "a/2.avi").c_str(), 0600) == 0);
  REQUIRE(mkfifo((folder / "a/3.avi").c_str(), 0600) == 0);
  fs::create_symlink("nowhere", folder / "a/4.avi");
  fs::create_symlink("5.avi", folder / "a/5.avi");
  const Dataset dataset = read_dataset(folder.path(), {});
  REQUIRE(dataset.videos.size() == 1);
  REQUIRE(dataset.notes.size() == 2);
  REQUIRE_THAT(dataset.notes[0], Catch::Contains("4.avi and 1 more") && Catch::Contains("leads nowhere"));
  REQUIRE_THAT(dataset.notes[1], Catch::Contains("2.avi and 1 more") && Catch::Contains("pipe"));
}

TEST_CASE("a hard link and a link to a video are videos of their own names") {
  const ScratchFolder folder;
  make_file(folder / "a/1.avi");
  fs::create_hard_link(folder / "a/1.avi", folder / "a/2.avi");
  fs::create_symlink("1.avi", folder / "a/3.avi");
  REQUIRE(read_dataset(folder.path(), {}).videos.size() == 3);
}

TEST_CASE("class folders without videos are no classes and are named") {
  const ScratchFolder folder;
  make_file(folder / "a/1.avi");
  fs::create_directories(folder / "b");
  make_file(folder / "c/readme.txt");
  make_file(folder / "d/000001.jpg");
  const Dataset dataset = read_dataset(folder.path(), {});
  REQUIRE(dataset.labels == std::vector<std::string>{"a"});
  REQUIRE(dataset.notes.size() == 2);
  REQUIRE_THAT(dataset.notes[0], Catch::Contains("/b and 1 more"));
  REQUIRE_THAT(dataset.notes[1], Catch::Contains("/d: holds numbered pictures"));
  fs::remove(folder / "a/1.avi");
  REQUIRE_THROWS_WITH(read_dataset(folder.path(), {}),
                      Catch::Contains("no video in its class folders") && Catch::Contains("/a and 2 more"));
}

TEST_CASE("a training run below the data is passed over with all that is in it") {
  const ScratchFolder folder;
  make_file(folder / "a/1.avi");
  make_file(folder / "b/2.avi");
  make_file(folder / "runs/first/config.json");
  make_file(folder / "runs/first/metrics.jsonl");
  make_file(folder / "runs/first/overlay.mp4");
  for (const std::vector<std::string>& known : {std::vector<std::string>{}, {"a", "b"}}) {
    const Dataset dataset = read_dataset(folder.path(), {}, known);
    REQUIRE(dataset.labels == std::vector<std::string>{"a", "b"});
    REQUIRE(dataset.videos.size() == 2);
    REQUIRE(dataset.ignored_files == 0);
    REQUIRE_THAT(dataset.notes.back(), Catch::Contains("runs/first: holds a training run"));
  }
}

TEST_CASE("numbered pictures beside videos are no video, in a folder of their own they are") {
  const ScratchFolder folder;
  for (const char* name : {"a/1.jpg", "a/x/1.jpg", "a/x/2.jpg", "a/y.avi", "a/z/1.jpg", "a/z/z.avi"}) {
    make_file(folder / name);
  }
  const Dataset dataset = read_dataset(folder.path(), {});
  REQUIRE(dataset.videos.size() == 3);
  REQUIRE(dataset.videos[0].path == folder / "a/x");
  REQUIRE(dataset.videos[1].path == folder / "a/y.avi");
  REQUIRE(dataset.videos[2].path == folder / "a/z/z.avi");
  REQUIRE(dataset.notes.size() == 1);
  REQUIRE_THAT(dataset.notes[0], Catch::Contains("a/z: holds videos too"));
}

TEST_CASE("a folder that cannot be read is an error that names it") {
  const ScratchFolder folder;
  make_file(folder / "a/1.avi");
  // Longer than a path may be: root, too, cannot list it by its name.
  const std::string name(250, 'n');
  int at = open((folder / "a").c_str(), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 17; ++i) {
    REQUIRE(mkdirat(at, name.c_str(), 0700) == 0);
    const int below = openat(at, name.c_str(), O_RDONLY | O_DIRECTORY);
    REQUIRE(below >= 0);
    close(at);
    at = below;
  }
  close(at);
  REQUIRE_THROWS_WITH(read_dataset(folder.path(), {}),
                      Catch::Contains(name) && Catch::Contains("cannot be read"));
}

TEST_CASE("a class is named by text on one line") {
  const std::string name = GENERATE("two\nlines", "\xff\xfe", "bell\a");
  const ScratchFolder folder;
  make_file(folder / name / "1.avi");
  REQUIRE_THROWS_WITH(read_dataset(folder.path(), {}), Catch::Contains("rename the folder"));
}

TEST_CASE("many files in many folders are found in their order") {
  const ScratchFolder folder;
  for (int c = 0; c < 20; ++c) {
    const fs::path of_class = folder / std::to_string(c);
    fs::create_directories(of_class);
    for (int i = 0; i < 200; ++i) std::ofstream(of_class / (std::to_string(i) + ".avi"));
  }
  const Dataset dataset = read_dataset(folder.path(), {});
  REQUIRE(dataset.videos.size() == 4000);
  REQUIRE(std::is_sorted(dataset.videos.begin(), dataset.videos.end(),
                         [](const Video& a, const Video& b) { return a.path < b.path; }));
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
