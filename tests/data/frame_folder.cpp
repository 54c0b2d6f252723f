#include "data/frame_folder.h"

#include "catch.h"
#include "engine/io/read_error.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

TEST_CASE("pictures come in the order of their numbers whatever their digits") {
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

TEST_CASE("numbers may start at 0") {
  const ScratchFolder folder;
  folder.write("00000.png");
  folder.write("00001.png");
  CHECK(read_frame_folder(folder.path()).first_number == 0);
}

TEST_CASE("a missing or doubled number is named") {
  const ScratchFolder folder;
  folder.write("000001.jpg");
  folder.write("000003.jpg");
  CHECK_THROWS_WITH(read_frame_folder(folder.path()), Catch::Contains("/000002.jpg: this frame is missing"));
  folder.write("000002.jpg");
  folder.write("2.png");
  CHECK_THROWS_WITH(read_frame_folder(folder.path()),
                    Catch::Contains("2.png") && Catch::Contains("000002.jpg"));
}

TEST_CASE("a list that starts later misses its first frame") {
  const ScratchFolder folder;
  folder.write("000005.jpg");
  CHECK_THROWS_WITH(read_frame_folder(folder.path()), Catch::Contains("000001.jpg"));
}

TEST_CASE("numbered pictures beside videos are no video") {
  const ScratchFolder folder;
  folder.write("1.jpg");
  folder.write("notes.txt");
  folder.write(".hidden.mp4");
  folder.write("clips/.hidden/a.mp4");
  CHECK(is_frame_folder(folder.path()));
  CHECK(look_into(folder.path()).kind == FolderKind::frames);

  SECTION("in the folder itself") { folder.write("holiday.MP4"); }
  SECTION("below") { folder.write("clips/2024/holiday.MP4"); }
  CHECK(!is_frame_folder(folder.path()));
  const FolderContents contents = look_into(folder.path());
  CHECK(contents.kind == FolderKind::mixed);
  CHECK(contents.picture.filename() == "1.jpg");
  CHECK(contents.video.filename() == "holiday.MP4");
}

TEST_CASE("a picture beside folders of frames is no video") {
  const ScratchFolder folder;
  folder.write("1.jpg");
  folder.write("shot1/000001.jpg");
  CHECK(!is_frame_folder(folder.path()));
  CHECK(look_into(folder.path()).kind == FolderKind::mixed);
  CHECK(is_frame_folder(folder / "shot1"));
}

TEST_CASE("folders without pictures hold videos or nothing") {
  const ScratchFolder folder;
  folder.write("text/notes.txt");
  CHECK(look_into(folder.path()).kind == FolderKind::neither);
  folder.write("text/deep/a.avi");
  CHECK(look_into(folder.path()).kind == FolderKind::videos);
  std::filesystem::create_directory_symlink("..", folder / "text/loop");
  CHECK(look_into(folder / "text").kind == FolderKind::videos);
  CHECK_THROWS_AS(look_into(folder / "absent"), ReadError);
}

TEST_CASE("other folders hold no frames") {
  const ScratchFolder folder;
  folder.write("a.jpg");
  CHECK(!is_frame_folder(folder.path()));
  CHECK(!is_frame_folder(folder / "a.jpg"));
  CHECK(!is_frame_folder(folder / "absent"));
}

}  // namespace
}  // namespace c3d
