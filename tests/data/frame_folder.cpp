#include "data/frame_folder.h"

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

TEST_CASE("pictures_come_in_the_order_of_their_numbers_whatever_their_digits") {
  const ScratchFolder folder;
  for (const char* name : {"10.jpg", "2.jpg", "1.jpg", "9.JPG", "3.png", "4.jpeg", "5.jpg", "6.jpg", "7.jpg",
                           "8.jpg", "notes.txt", "cover.jpg"}) {
    folder.write(name);
  }
  CHECK(is_frame_folder(folder.path()));
  const FrameFolder frames = read_frame_folder(folder.path());
  CHECK(frames.first_number == 1);
  REQUIRE(frames.frames.size() == 10);
  CHECK(frames.frames[1].filename() == "2.jpg");
  CHECK(frames.frames[9].filename() == "10.jpg");
}

TEST_CASE("numbers_may_start_at_0") {
  const ScratchFolder folder;
  folder.write("00000.png");
  folder.write("00001.png");
  CHECK(read_frame_folder(folder.path()).first_number == 0);
}

TEST_CASE("a_missing_or_doubled_number_is_named") {
  const ScratchFolder folder;
  folder.write("000001.jpg");
  folder.write("000003.jpg");
  CHECK_THROWS_WITH(read_frame_folder(folder.path()), Catch::Contains("/000002.jpg: this frame is missing"));
  folder.write("000002.jpg");
  folder.write("2.png");
  CHECK_THROWS_WITH(read_frame_folder(folder.path()),
                    Catch::Contains("2.png") && Catch::Contains("000002.jpg"));
}

TEST_CASE("a_list_that_starts_later_misses_its_first_frame") {
  const ScratchFolder folder;
  folder.write("000005.jpg");
  CHECK_THROWS_WITH(read_frame_folder(folder.path()), Catch::Contains("000001.jpg"));
}

TEST_CASE("other_folders_hold_no_frames") {
  const ScratchFolder folder;
  folder.write("a.jpg");
  CHECK(!is_frame_folder(folder.path()));
  CHECK(!is_frame_folder(folder / "a.jpg"));
  CHECK(!is_frame_folder(folder / "absent"));
}

}  // namespace
}  // namespace c3d
