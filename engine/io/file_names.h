// What the names of files say, before any is opened.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace c3d {

inline constexpr std::size_t kLongestName = 255;  // bytes, of Linux's file systems

inline bool is_hidden(const std::filesystem::path& path) { return path.filename().native().starts_with('.'); }

// The absolute path of what `path` leads to, also where the last link leads to nothing yet.
std::filesystem::path followed(const std::filesystem::path& path);

// `name` + `suffix`, where that is no longer than file systems allow; else a shorter name that only `name`
// has.
std::string short_name(const std::string& name, const std::string& suffix);

// The number in /dev/fd/3, /dev/stdout, /proc/self/fd/1 or a link to such a name: what it stands for is open
// already, and may be a file that others write to as well.
std::optional<int> named_descriptor(const std::filesystem::path& path);

// Whether writing to `path` means replacing what is there: a file, or nothing yet. Not so: a pipe, a device,
// a terminal or a descriptor, which is written to as it stands.
bool is_replaceable(const std::filesystem::path& path);

}  // namespace c3d
