// Which of FFmpeg's formats are taken for videos: containers, bare streams and pictures that stand for
// themselves. Not so playlists and whatever else opens other files, devices, text and sound.
#pragma once

#include <filesystem>
#include <string>

#include "data/ffmpeg.h"

namespace c3d {

bool is_video_format(const AVInputFormat& format);
const char* video_formats();  // their names, with commas between them

// What FFmpeg is told of the file's name: its extension, where that is an ordinary one. Other parts of a name
// may be patterns to it.
std::string name_for_ffmpeg(const std::filesystem::path& path);

struct Probe {
  const AVInputFormat* format = nullptr;
  int status = 0;  // negative: FFmpeg's reason why there is no format
  bool is_certain = false;
};
// By the bytes that `bytes` gives next, which it gives again afterwards.
Probe probe_format(AVIOContext& bytes, const std::string& name);

}  // namespace c3d
