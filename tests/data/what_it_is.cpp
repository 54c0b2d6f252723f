#include "data/what_it_is.h"

#include <string>
#include <string_view>

#include "catch.h"

namespace c3d {
namespace {

std::string said_of(std::string_view bytes, const char* name = "a.mp4") {
  return what_it_is(std::as_bytes(std::span(bytes)), name).value_or("");
}

TEST_CASE("what bears a video's name and is none says what it is") {
  using namespace std::string_view_literals;
  struct Case {
    std::string_view bytes;
    const char* says;
  };
  const Case cases[] = {
      {""sv, "is empty"},
      {"\0\0\0\0\0\0\0\0"sv, "zeros"},
      {"<!DOCTYPE html>\n<html>"sv, "web page"},
      {"\r\n  <HTML><body>404</body>"sv, "web page"},
      {"<?xml version=\"1.0\"?>\n<html>"sv, "web page"},
      {"<?xml version=\"1.0\"?>\n<MPD type=\"static\">"sv, "playlist"},
      {"<?xml version=\"1.0\"?>\n<feed>"sv, "XML"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:4d\n"sv, "git lfs pull"},
      {"/annex/objects/SHA256E-s1--ab.mp4\n"sv, "git annex get"},
      {"#EXTM3U\n#EXTINF:10,\na.ts\n"sv, "playlist"},
      {"\xef\xbb\xbf#EXTM3U\n"sv, "playlist"},
      {"[playlist]\nFile1=a.mp4\n"sv, "playlist"},
      {"ffconcat version 1.0\nfile a.mp4\n"sv, "concat"},
      {"WEBVTT\n\n00:00.000 --> 00:01.000\n"sv, "subtitles"},
      {"1\r\n00:00:01,000 --> 00:00:02,000\r\n"sv, "subtitles"},
      {"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n"sv, "SDP"},
      {"{\"error\": 404}"sv, "JSON"},
      {"videos/a.avi 1\nvideos/b.avi 2\n"sv, "--list"},
      {"F\xc3\xaates/a.avi 1\n"sv, "--list"},
      {"\xe5\xbd\xb1\xe7\x89\x87/\xe5\xbd\xb1"sv, "--list"},
      {"\xe5\xbd\xb1\xe7\x89\x87/\xe5\xbd"sv, "--list"},  // its last letter is cut off
      {"F\xeates/vid\xe9o.avi and more of Latin 1\n"sv, "--list"},
      {"\xff\xfe"
       "a\0.\0m\0p\0"sv,
       "UTF-16"},
      {"PK\3\4\x14\0\0\0"sv, "archive"},
      {"Rar!\x1a\x07\x01\0"sv, "archive"},
      {"7z\xbc\xaf\x27\x1c\0\4"sv, "archive"},
      {"\x1f\x8b\x08\0\0\0"sv, "archive"},
      {"%PDF-1.7\n\x80\0"sv, "PDF"},
      {"d8:announce3:x:y"sv, "torrent"},
  };
  for (const auto& [bytes, says] : cases) {
    CAPTURE(says, bytes);
    CHECK_THAT(said_of(bytes), Catch::Contains(says));
  }
  std::string tar(512, '\0');
  tar.replace(0, 5, "a.mp4").replace(257, 5, "ustar");
  CHECK_THAT(said_of(tar), Catch::Contains("archive"));
}

TEST_CASE("of other bytes only an unfinished download is known, by its name") {
  using namespace std::string_view_literals;
  const std::string_view noise = "\x8f\x01\0\x80\x99\x03"sv;
  CHECK(said_of(noise).empty());
  CHECK_THAT(said_of(noise, "a.mp4.crdownload"), Catch::Contains("not finished"));
  CHECK_THAT(said_of(noise, "a.mp4.PART"), Catch::Contains("not finished"));
  CHECK(said_of("\0\0\0\x20"
                "ftypisom"sv)
            .empty());
  CHECK(said_of("\x80\x80\x80\x80\x80\x80"sv).empty());
}

}  // namespace
}  // namespace c3d
