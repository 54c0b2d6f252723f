#include "c3d/common/output_guard.h"

#include <sys/stat.h>

#include "c3d/common/bad_request.h"
#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/message_of.h"
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

TEST_CASE_METHOD(GuardFixture, "an output that is an input is refused however it is called") {
  fs::create_symlink(video, folder / "link.mp4");
  fs::create_hard_link(video, folder / "twin.mp4");
  fs::create_directory_symlink(folder.path(), folder / "here");
  for (const char* name : {"v.mp4", "link.mp4", "twin.mp4", "here/v.mp4"}) {
    INFO(name);
    CHECK_THROWS_AS(guard.add_output(folder / name, "--json"), Error);
  }
  guard.add_output(folder / "other.mp4", "--json");
}

TEST_CASE_METHOD(GuardFixture, "a video that is there is overwritten by nothing but a video") {
  const fs::path other = folder.write("other.avi", "a video"),
                 unnamed = folder.write("clip", "RIFF1234AVI LIST");
  for (const fs::path& path : {other, unnamed}) {
    CHECK_THROWS_AS(guard.add_output(path, "--json"), BadRequest);
    CHECK_THAT(message_of([&] { guard.add_output(path, "--json"); }),
               Catch::Contains("would overwrite the video"));
  }
  CHECK_NOTHROW(guard.add_output(other, "--overlay", OutputBytes::video));
  CHECK_THROWS_AS(guard.add_output(video, "--overlay", OutputBytes::video), BadRequest);
  CHECK_NOTHROW(guard.add_output(folder.write("old.json", "{}"), "--json"));
}

TEST_CASE_METHOD(GuardFixture, "a list and the list of classes beside it are inputs") {
  const fs::path list = folder.write("set/train.txt", "x"), classes = folder.write("set/classInd.txt", "x");
  guard.add_list(list);
  CHECK_THROWS_AS(guard.add_output(list, "--json"), BadRequest);
  CHECK_THROWS_AS(guard.add_output(classes, "--json"), BadRequest);
}

TEST_CASE_METHOD(GuardFixture, "the refusal names the option the output and the input") {
  try {
    guard.add_output(video, "--overlay");
    FAIL("it was let pass");
  } catch (const Error& error) {
    CHECK(error.message() == "--overlay " + video.string() + " would overwrite the video " + video.string() +
                                 "; give it another name");
  }
}

TEST_CASE_METHOD(GuardFixture, "the file in which an output's bytes wait is no input either") {
  guard.add_input(folder.write(".r.jsonl.part", "x"), "the list");
  CHECK_THROWS_AS(guard.add_output(folder / "r.jsonl", "--json"), Error);
  guard.add_input(folder.write(".p.png.0.part", "x"), "the list");
  CHECK_THROWS_AS(guard.add_output(folder / "p.png", "--timeline"), Error);
}

TEST_CASE_METHOD(GuardFixture, "a picture of a folder of frames is an input") {
  const fs::path picture = folder.write("frames/000001.jpg", "a picture");
  guard.add_input(folder / "frames", "the video");
  fs::create_hard_link(picture, folder / "twin.jpg");
  CHECK_THROWS_AS(guard.add_output(picture, "--json"), Error);
  CHECK_THROWS_AS(guard.add_output(folder / "twin.jpg", "--json"), Error);
  guard.add_output(folder / "frames/labels.json", "--json");
}

TEST_CASE_METHOD(GuardFixture, "two outputs are two files also where neither is there yet") {
  fs::create_directory_symlink(folder.path(), folder / "here");
  guard.add_output(folder / "out", "--json");
  CHECK_THROWS_AS(guard.add_output(folder / "here/out", "--timeline"), Error);
  folder.write("old");
  fs::create_symlink(folder / "old", folder / "link");
  guard.add_output(folder / "old", "--overlay");
  CHECK_THROWS_AS(guard.add_output(folder / "link", "--timeline"), Error);
}

TEST_CASE_METHOD(GuardFixture, "pipes and devices may stand for any number of outputs") {
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  guard.add_input(folder / "pipe", "the video");
  for (const fs::path& path : {folder / "pipe", fs::path("/dev/null")}) {
    guard.add_output(path, "--json");
    guard.add_output(path, "--timeline");
  }
}

TEST_CASE("a file that cannot be written is refused before there is anything to write") {
  const ScratchFolder folder;
  CHECK_NOTHROW(expect_writable(""));
  CHECK_NOTHROW(expect_writable("/dev/null"));
  CHECK_NOTHROW(expect_writable(folder / "new.json"));
  CHECK_NOTHROW(expect_writable(folder.write("old.json", "{}")));
  CHECK_THROWS_WITH(expect_writable(folder / "no/new.json"), Catch::Contains("there is no folder"));
  CHECK_THROWS_WITH(expect_writable(folder.path()), Catch::Contains("it is a folder"));
  CHECK_THROWS_AS(expect_writable(folder / "old.json/new.json"), Error);
}

}  // namespace
}  // namespace c3d
