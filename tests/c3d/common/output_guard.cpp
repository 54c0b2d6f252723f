#include "c3d/common/output_guard.h"

#include <sys/stat.h>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

struct GuardFixture {
  ScratchFolder folder;
  OutputGuard guard;
  fs::path video = folder.write("v.mp4", "a video");
  GuardFixture() { guard.add_input(video, "the video"); }
};

TEST_CASE_METHOD(GuardFixture, "an_output_that_is_an_input_is_refused_however_it_is_called") {
  fs::create_symlink(video, folder / "link.mp4");
  fs::create_hard_link(video, folder / "twin.mp4");
  fs::create_directory_symlink(folder.path(), folder / "here");
  for (const char* name : {"v.mp4", "link.mp4", "twin.mp4", "here/v.mp4"}) {
    INFO(name);
    CHECK_THROWS_AS(guard.add_output(folder / name, "--json"), Error);
  }
  guard.add_output(folder / "other.mp4", "--json");
}

TEST_CASE_METHOD(GuardFixture, "the_refusal_names_the_option_the_output_and_the_input") {
  try {
    guard.add_output(video, "--overlay");
    FAIL("it was let pass");
  } catch (const Error& error) {
    CHECK(error.message() == "--overlay " + video.string() + " would overwrite the video " + video.string() +
                                 "; give it another name");
  }
}

TEST_CASE_METHOD(GuardFixture, "the_file_in_which_an_outputs_bytes_wait_is_no_input_either") {
  guard.add_input(folder.write(".r.jsonl.part", "x"), "the list");
  CHECK_THROWS_AS(guard.add_output(folder / "r.jsonl", "--json"), Error);
  guard.add_input(folder.write(".p.png.0.part", "x"), "the list");
  CHECK_THROWS_AS(guard.add_output(folder / "p.png", "--timeline"), Error);
}

TEST_CASE_METHOD(GuardFixture, "a_picture_of_a_folder_of_frames_is_an_input") {
  const fs::path picture = folder.write("frames/000001.jpg", "a picture");
  guard.add_input(folder / "frames", "the video");
  fs::create_hard_link(picture, folder / "twin.jpg");
  CHECK_THROWS_AS(guard.add_output(picture, "--json"), Error);
  CHECK_THROWS_AS(guard.add_output(folder / "twin.jpg", "--json"), Error);
  guard.add_output(folder / "frames/labels.json", "--json");
}

TEST_CASE_METHOD(GuardFixture, "two_outputs_are_two_files_also_where_neither_is_there_yet") {
  fs::create_directory_symlink(folder.path(), folder / "here");
  guard.add_output(folder / "out", "--json");
  CHECK_THROWS_AS(guard.add_output(folder / "here/out", "--timeline"), Error);
  folder.write("old");
  fs::create_symlink(folder / "old", folder / "link");
  guard.add_output(folder / "old", "--overlay");
  CHECK_THROWS_AS(guard.add_output(folder / "link", "--timeline"), Error);
}

TEST_CASE_METHOD(GuardFixture, "pipes_and_devices_may_stand_for_any_number_of_outputs") {
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  guard.add_input(folder / "pipe", "the video");
  for (const fs::path& path : {folder / "pipe", fs::path("/dev/null")}) {
    guard.add_output(path, "--json");
    guard.add_output(path, "--timeline");
  }
}

}  // namespace
}  // namespace c3d
