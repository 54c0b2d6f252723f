#include "data/frame_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <string>

#include "engine/core/error.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

// nullopt: not a picture, or not named by a number.
std::optional<std::int64_t> frame_number(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& letter : extension) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  if (extension != ".jpg" && extension != ".jpeg" && extension != ".png") return std::nullopt;
  const std::string stem = path.stem().string();
  std::int64_t number = 0;
  const auto [end, status] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
  if (status != std::errc() || end != stem.data() + stem.size() || number < 0) return std::nullopt;
  return number;
}

// What a frame of that number would be called beside `other`.
fs::path name_like(const fs::path& other, std::int64_t number) {
  const std::size_t digits = other.stem().string().size();
  return other.parent_path() / fmt::format("{:0{}}{}", number, digits, other.extension().string());
}

}  // namespace

bool is_frame_folder(const fs::path& path) {
  std::error_code error;
  for (fs::directory_iterator entry(path, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (frame_number(entry->path())) return true;
  }
  return false;
}

FrameFolder read_frame_folder(const fs::path& path) {
  std::map<std::int64_t, fs::path> numbered;
  std::error_code error;
  for (fs::directory_iterator entry(path, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::optional<std::int64_t> number = frame_number(entry->path());
    if (!number) continue;
    const auto [other, is_new] = numbered.emplace(*number, entry->path());
    if (!is_new) {
      fail("{}: has the number of {} too: remove one of them",
           std::max(entry->path(), other->second).string(), std::min(entry->path(), other->second).string());
    }
  }
  expect(!error, "{}: the folder cannot be read: {}", path.string(), error.message());
  expect(!numbered.empty(), "{}: holds no picture named by a number, such as 000001.jpg", path.string());
  FrameFolder folder;
  folder.first_number = std::min<std::int64_t>(1, numbered.begin()->first);
  std::int64_t expected = folder.first_number;
  for (const auto& [number, file] : numbered) {
    expect(number == expected, "{}: this frame is missing: the numbers must go from {} to {} without gaps",
           name_like(file, expected).string(), folder.first_number, numbered.rbegin()->first);
    folder.frames.push_back(file);
    ++expected;
  }
  return folder;
}

bool is_frame_name(const fs::path& path) { return frame_number(path).has_value(); }

}  // namespace c3d
