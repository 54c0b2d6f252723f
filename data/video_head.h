// Whether a file is a video, by its first bytes alone: what must not be overwritten by something else.
// FFmpeg's probes look for pictures anywhere in a file, and find some in tables of numbers too; the marks that
// containers begin with are in nothing else.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace c3d {

bool begins_as_video(std::span<const std::byte> head);  // some hundred bytes
// A regular file that is there, and bears a video's name or begins so.
bool is_video_file(const std::filesystem::path& path);

}  // namespace c3d
