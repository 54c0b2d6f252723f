#include "tools/c3d_infer/inputs.h"
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

TEST_CASE("a_folder_gives_its_videos_by_name_sorted_and_nothing_else") {
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

TEST_CASE("files_given_by_name_are_tried_whatever_they_are_called") {
  const Inputs inputs = find_inputs({"no/such/file", "README"}, {});
  CHECK(names(inputs) == std::vector<std::string>{"no/such/file", "README"});
  CHECK(inputs.videos[0].error.empty());
}

TEST_CASE("a_folder_without_videos_is_a_failed_input") {
  const ScratchFolder folder;
  folder.write("notes.txt", "x");
  const Inputs inputs = find_inputs({folder.path().string()}, {});
  REQUIRE(inputs.videos.size() == 1);
  CHECK(inputs.videos[0].error.find("no file in this folder is a video") != std::string::npos);
}

TEST_CASE("lists_follow_the_arguments_in_their_order") {
  const ScratchFolder folder;
  const fs::path list = folder.write("list.txt", "second.mp4\r\n\na name with spaces.avi\n");
  const Inputs inputs = find_inputs({"first.mp4"}, {list});
  CHECK(names(inputs) == std::vector<std::string>{"first.mp4", "second.mp4", "a name with spaces.avi"});
  CHECK_THROWS_AS(find_inputs({}, {folder / "absent.txt"}), Error);
}

}  // namespace
}  // namespace c3d
