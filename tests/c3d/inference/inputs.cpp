#include "c3d/inference/inputs.h"

#include <sys/stat.h>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names(const Inputs& inputs) {
  std::vector<std::string> result;
  for (const Input& input : inputs.videos) result.push_back(input.name);
  return result;
}

TEST_CASE("a folder gives its videos by name sorted and nothing else") {
  const ScratchFolder folder;
  for (const char* name :
       {"b.mp4", "a/z.avi", "a/A.MKV", "notes.txt", "song.mp3", ".b.mp4.part", ".hidden/c.mp4"}) {
    folder.write(name, "x");
  }
  const std::string root = folder.path().string();
  const Inputs inputs = find_inputs({root}, {});
  CHECK(names(inputs) == std::vector<std::string>{root + "/a/A.MKV", root + "/a/z.avi", root + "/b.mp4"});
  CHECK(inputs.several);
}

TEST_CASE("files given by name are tried whatever they are called") {
  const Inputs inputs = find_inputs({"no/such/file", "README"}, {});
  CHECK(names(inputs) == std::vector<std::string>{"no/such/file", "README"});
  CHECK(inputs.videos[0].error.empty());
}

TEST_CASE("a folder without videos is a failed input") {
  const ScratchFolder folder;
  folder.write("notes.txt", "x");
  const Inputs inputs = find_inputs({folder.path().string()}, {});
  REQUIRE(inputs.videos.size() == 1);
  CHECK(inputs.videos[0].error.find("no file in this folder is a video") != std::string::npos);
}

TEST_CASE("lists follow the arguments in their order") {
  const ScratchFolder folder;
  const fs::path list = folder.write("list.txt", "second.mp4\r\n\na name with spaces.avi\n");
  folder.write("second.mp4", "x");
  const Inputs inputs = find_inputs({"first.mp4", "./first.mp4"}, {list});
  CHECK(names(inputs) == std::vector<std::string>{"first.mp4", "second.mp4", "a name with spaces.avi"});
  CHECK_THROWS_AS(find_inputs({}, {folder / "absent.txt"}), Error);
}

TEST_CASE("links in a circle give each video once") {
  const ScratchFolder folder;
  folder.write("a/1.mp4", "x");
  fs::create_directory_symlink(".", folder / "self");
  fs::create_directory_symlink(".", folder / "self_again");
  fs::create_directory_symlink("..", folder / "a/up");
  fs::create_symlink("a/1.mp4", folder / "2.mp4");
  const std::string root = folder.path().string();
  const Inputs inputs = find_inputs({root}, {});
  CHECK(names(inputs) == std::vector<std::string>{root + "/2.mp4", root + "/a/1.mp4"});
  REQUIRE(inputs.notes.size() == 1);
  CHECK(inputs.notes[0].find("2 more") != std::string::npos);
}

TEST_CASE("pipes in a folder are passed over") {
  const ScratchFolder folder;
  folder.write("1.mp4", "x");
  REQUIRE(mkfifo((folder / "2.mp4").c_str(), 0600) == 0);
  const Inputs inputs = find_inputs({folder.path().string()}, {});
  CHECK(inputs.videos.size() == 1);
  REQUIRE(inputs.notes.size() == 1);
  CHECK(inputs.notes[0].find("2.mp4: a pipe") != std::string::npos);
}

TEST_CASE("numbered pictures beside videos are no video") {
  const ScratchFolder folder;
  for (const char* name :
       {"mixed/1.jpg", "mixed/a.mp4", "frames/1.jpg", "above/1.jpg", "above/below/a.mp4"}) {
    folder.write(name, "x");
  }
  CHECK(find_inputs({(folder / "mixed").string()}, {}).videos.at(0).path == folder / "mixed/a.mp4");
  CHECK(find_inputs({(folder / "above").string()}, {}).videos.at(0).path == folder / "above/below/a.mp4");
  const Inputs frames = find_inputs({(folder / "frames").string()}, {});
  CHECK(frames.videos.at(0).path == folder / "frames");
  CHECK_FALSE(frames.several);
  CHECK(find_inputs({folder.path().string()}, {}).videos.size() == 3);
}

TEST_CASE("lists to train by are read without their labels") {
  const ScratchFolder folder;
  folder.write("a.mp4", "x");
  folder.write("my b.mp4", "x");
  const std::string a = (folder / "a.mp4").string(), b = (folder / "my b.mp4").string();
  for (const std::string& text :
       {"\xEF\xBB\xBF" + a + "\r\n# no\r\n" + b + "\r\n", a + " walk\n" + b + " run\n",
        a + "," + "walk\n" + b + ",run\n", a + "\tApply Eye\n" + b + "\trun\n",
        a + " 0 1\n" + a + " 16 1\n" + b + " 0 0\n"}) {
    CHECK(names(find_inputs({}, {folder.write("list.txt", text)})) == std::vector<std::string>{a, b});
  }
  const Inputs absent = find_inputs({}, {folder.write("list.txt", a + " walk\n/no/such.mp4 run\n")});
  CHECK(names(absent) == std::vector<std::string>{a, "/no/such.mp4"});
}

TEST_CASE("whole lines that are paths are taken whole") {
  const ScratchFolder folder;
  for (const char* name : {"a.mp4 1", "#1.mp4", "a,b", "c,d"}) folder.write(name, "x");
  const std::string root = folder.path().string() + "/";
  const auto list = folder.write("list.txt", "a.mp4 1\n#1.mp4\na,b\nc,d\n#comment\n");
  const Inputs inputs = find_inputs({}, {list});
  CHECK(names(inputs) == std::vector<std::string>{"a.mp4 1", "#1.mp4", "a,b", "c,d"});
  CHECK(inputs.videos[0].path == root + "a.mp4 1");
}

TEST_CASE("paths that lead nowhere start from the folder of their list") {
  const ScratchFolder folder;
  folder.write("only_here/a.mp4", "x");
  const Inputs inputs = find_inputs({}, {folder.write("list.txt", "only_here/a.mp4\nonly_here/b.mp4\n")});
  CHECK(inputs.videos.at(0).path == folder / "only_here/a.mp4");
  CHECK(inputs.videos.at(1).path == folder / "only_here/b.mp4");
  CHECK(inputs.notes.at(0).find("own folder") != std::string::npos);
}

TEST_CASE("what is no list is one clear error") {
  const ScratchFolder folder;
  const auto says = [](const fs::path& list, std::string_view words) {
    try {
      find_inputs({}, {list});
    } catch (const Error& error) {
      return error.message().find(words) != std::string::npos;
    }
    return false;
  };
  CHECK(says(folder.write("video.mp4", "x"), "is a video by its name"));
  CHECK(says(folder.path(), "is a folder"));
  CHECK(says(folder.write("wide.txt", std::string_view("\xFF\xFE"
                                                       "a\0",
                                                       4)),
             "UTF-16"));
  CHECK(says(folder.write("renamed.txt", std::string_view("abc\0d", 5)), "is no text"));
}

}  // namespace
}  // namespace c3d
