#include "data/what_it_is.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "engine/core/printable.h"
#include "engine/core/text.h"

namespace c3d {
namespace {

using namespace std::string_view_literals;

struct Sign {
  std::string_view start;
  const char* what;
};

constexpr const char* kPlaylist = "is a playlist (HLS or M3U), not a video: give the videos that it names";
constexpr const char* kWebPage = "is a web page (HTML), not a video: the download went wrong";
constexpr const char* kSubtitles = "holds subtitles, not a video";
constexpr const char* kArchive = "is an archive, not a video: unpack it first";

constexpr std::array kBinary = {
    Sign{"PK\3\4"sv, kArchive},
    Sign{"PK\5\6"sv, kArchive},
    Sign{"Rar!\x1a\x07"sv, kArchive},
    Sign{"7z\xbc\xaf\x27\x1c"sv, kArchive},
    Sign{"\x1f\x8b"sv, kArchive},
    Sign{"BZh"sv, kArchive},
    Sign{"\xfd"
         "7zXZ\0"sv,
         kArchive},
    Sign{"\x28\xb5\x2f\xfd"sv, kArchive},
    Sign{"d8:announce"sv, "is a torrent, not the video that it leads to"},
    Sign{"%PDF-"sv, "is a PDF, not a video"},
    Sign{"\x7f"
         "ELF"sv,
         "is a program, not a video"},
    Sign{"\x93NUMPY"sv, "is an array of NumPy, not a video"},
    Sign{"\x89HDF\r\n"sv, "is an HDF5 file, not a video"},
};

constexpr std::array kText = {
    Sign{"#extm3u"sv, kPlaylist},
    Sign{"[playlist]"sv, kPlaylist},
    Sign{"[reference]"sv, kPlaylist},
    Sign{"<asx"sv, kPlaylist},
    Sign{"<smil"sv, kPlaylist},
    Sign{"ffconcat"sv, "is a list for FFmpeg's concat, not a video: give the videos that it names"},
    Sign{"<!doctype html"sv, kWebPage},
    Sign{"<html"sv, kWebPage},
    Sign{"<head"sv, kWebPage},
    Sign{"<body"sv, kWebPage},
    Sign{"<script"sv, kWebPage},
    Sign{"version https://git-lfs."sv, "is a Git LFS pointer: `git lfs pull` fetches the video"},
    Sign{"/annex/objects/"sv, "is a git-annex pointer: `git annex get` fetches the video"},
    Sign{"webvtt"sv, kSubtitles},
    Sign{"[script info]"sv, kSubtitles},
    Sign{"1\n00:"sv, kSubtitles},
    Sign{"1\r\n00:"sv, kSubtitles},
    Sign{"v=0\n"sv, "describes a stream (SDP), and is no video"},
    Sign{"v=0\r\n"sv, "describes a stream (SDP), and is no video"},
    Sign{"{"sv, "is JSON text, not a video"},
};

constexpr std::array kUnfinished = {".part"sv,  ".partial"sv, ".crdownload"sv, ".download"sv,
                                    ".aria2"sv, ".!ut"sv,     ".!qb"sv,        ".opdownload"sv};

// In UTF-8, whose last letter may be cut off, or mostly in ASCII.
bool is_text(std::string_view bytes) {
  const bool no_controls = std::ranges::all_of(bytes, [](unsigned char c) {
    return (c >= ' ' && c != 0x7f) || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0x1b;
  });
  if (!no_controls) return false;
  const auto ascii = std::ranges::count_if(bytes, [](unsigned char c) { return c < 0x80; });
  if (static_cast<std::size_t>(ascii) >= bytes.size() - bytes.size() / 4) return true;
  constexpr std::size_t kLetterBytes = 4;
  for (std::size_t cut = 0; cut < kLetterBytes && cut < bytes.size(); ++cut) {
    if (is_utf8(bytes.substr(0, bytes.size() - cut))) return true;
  }
  return false;
}

std::optional<std::string> kind_of_text(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const std::string start = lower_ascii(text);
  for (const Sign& sign : kText) {
    if (start.starts_with(sign.start)) return sign.what;
  }
  if (start.starts_with("<")) {
    if (start.find("<html") != std::string::npos) return kWebPage;
    if (start.find("<mpd") != std::string::npos || start.find("smoothstreamingmedia") != std::string::npos) {
      return "is a playlist (DASH or the like), not a video: give the videos that it names";
    }
    return "is XML text, not a video";
  }
  return "is text, not a video; if it lists videos, give it by --list, where the command has that option";
}

}  // namespace

std::optional<std::string> what_it_is(std::span<const std::byte> head, const std::filesystem::path& path) {
  if (head.empty()) return "is empty";
  std::string_view bytes(reinterpret_cast<const char*>(head.data()), head.size());
  if (std::ranges::all_of(bytes, [](char c) { return c == 0; })) {
    return "begins with zeros only: the download or copy was not finished";
  }
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) {
    return "is text in UTF-16, not a video; if it lists videos, save it as UTF-8 and give it by --list, "
           "where the command has that option";
  }
  for (const Sign& sign : kBinary) {
    if (bytes.starts_with(sign.start)) return sign.what;
  }
  constexpr std::size_t kTarMagic = 257;
  if (bytes.size() > kTarMagic && bytes.substr(kTarMagic).starts_with("ustar")) return kArchive;
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  if (is_text(bytes)) return kind_of_text(bytes);
  const std::string extension = lower_ascii(path.extension().string());
  if (std::ranges::find(kUnfinished, extension) != kUnfinished.end()) {
    return "is a download that was not finished";
  }
  return std::nullopt;
}

}  // namespace c3d
