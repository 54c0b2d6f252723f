// What the video of an alert is called.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace c3d {

// In the local zone: "2026-11-30T04:43:37.123+01:00".
std::string iso_time(std::chrono::system_clock::time_point time);
// In `folder`, without an extension: the time and the label, of characters that every file system takes, as
// "2026-11-30T04-43-37.123+0100_fall"; a number follows where files of that name are there.
std::filesystem::path recording_name(const std::filesystem::path& folder,
                                     std::chrono::system_clock::time_point time, const std::string& label);

}  // namespace c3d
