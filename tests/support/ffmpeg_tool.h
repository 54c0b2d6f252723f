// FFmpeg's command-line tool, where it is installed: what it makes of a video, picture by picture.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "tests/support/tiny_video.h"

namespace c3d {

inline constexpr int kVideoWidth = 64, kVideoHeight = 48;  // of the tiny videos that are compared
inline const char* const kNoTool = "needs the command ffmpeg of FFmpeg 5.1";

struct CloseProgram {
  void operator()(std::FILE* stream) const { pclose(stream); }
};
using Program = std::unique_ptr<std::FILE, CloseProgram>;

inline Program started(const std::string& command) { return Program(popen(command.c_str(), "r")); }

inline std::string in_quotes(const std::filesystem::path& path) {
  std::string result = "'";
  for (const char c : path.string()) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

// The rules that numbers follow are of this version; later ones may have others.
inline bool has_tool() {
  const Program program = started("ffmpeg -version 2>/dev/null");
  char line[32] = {};
  return std::fgets(line, sizeof line, program.get()) != nullptr &&
         std::string(line).starts_with("ffmpeg version 5.1");
}

// What `ffmpeg -i VIDEO OPTIONS %06d.png` writes, one picture after the other. One thread: what it makes of
// damaged files depends on their number.
class ToolFrames {
 public:
  explicit ToolFrames(const std::filesystem::path& video, const std::string& options = "")
      : program_(started("ffmpeg -nostdin -loglevel quiet -threads 1 -i " + in_quotes(video) + " " + options +
                         " -f image2pipe -c:v rawvideo -pix_fmt rgb24 -")) {}
  bool next(std::vector<std::uint8_t>& rgb) {
    return std::fread(rgb.data(), 1, rgb.size(), program_.get()) == rgb.size();
  }

 private:
  Program program_;
};

// The numbers that all pictures of a tiny video show, as anything gives them that has next().
template <typename Frames>
std::vector<int> numbers(Frames& frames) {
  std::vector<int> result;
  std::vector<std::uint8_t> rgb(std::size_t{kVideoWidth} * kVideoHeight * 3);
  while (frames.next(rgb)) result.push_back(tiny_video_frame(rgb));
  return result;
}

// How what a reader gives differs from what the tool writes.
struct ToolComparison {
  int frames = 0;     // that the reader gave
  int different = 0;  // of those that both gave
  int missing = 0;    // that the tool alone wrote; below 0: that the reader alone gave
};

// `most`: frames after which both are left, for videos of which all would take long.
template <typename Reader>
ToolComparison compared(Reader& reader, ToolFrames& tool, int most = std::numeric_limits<int>::max()) {
  std::vector<std::uint8_t> ours(static_cast<std::size_t>(reader.width()) *
                                 static_cast<std::size_t>(reader.height()) * 3);
  std::vector<std::uint8_t> tools(ours.size());
  ToolComparison result;
  try {
    while (result.frames < most && reader.next(ours)) {
      ++result.frames;
      if (!tool.next(tools)) {
        --result.missing;
      } else {
        result.different += static_cast<int>(ours != tools);
      }
    }
  } catch (const Error&) {
    // The video has no frame by this numbering, and the tool writes none; or `missing` says how many are left.
  }
  if (result.frames == most) return result;
  while (tool.next(tools)) ++result.missing;
  return result;
}

}  // namespace c3d
