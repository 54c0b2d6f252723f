#include "data/video_head.h"

#include <string>

#include "catch.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

using namespace std::string_literals;

bool begins_as_video_text(const std::string& bytes) {
  return begins_as_video(std::as_bytes(std::span(bytes)));
}

TEST_CASE("the first bytes of containers are known, and those of what we write are not") {
  std::string transport(400, 'x');
  transport[0] = transport[188] = transport[376] = 'G';
  for (const std::string& head :
       {"\0\0\0\x20"s + "ftypisom", "RIFF1234AVI LIST"s, "\x1a\x45\xdf\xa3"s, "\0\0\x01\xba"s, transport}) {
    CHECK(begins_as_video_text(head));
  }
  for (const std::string& head : {""s, "{\"file\""s, "\x89PNG\r\n"s, "\x93NUMPY"s, "<!doctype html>"s,
                                  "\x89HDF\r\n"s, "RIFF1234WAVE"s, std::string(400, 'x')}) {
    CHECK_FALSE(begins_as_video_text(head));
  }
}

TEST_CASE("a file is a video by its name or by its first bytes, where it is there") {
  const ScratchFolder folder;
  CHECK(is_video_file(folder.write("a.avi", "whatever")));
  CHECK(is_video_file(folder.write("clip", "RIFF1234AVI LIST")));
  CHECK_FALSE(is_video_file(folder.write("labels.json", "{}")));
  CHECK_FALSE(is_video_file(folder / "absent.mp4"));
  std::filesystem::create_directory(folder / "folder.mp4");
  CHECK_FALSE(is_video_file(folder / "folder.mp4"));
}

}  // namespace
}  // namespace c3d
