#include "engine/io/file_names.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <system_error>

#include "engine/core/fingerprint.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the system's own limit

}  // namespace

fs::path followed(const fs::path& path) {
  std::error_code error;
  fs::path name = fs::absolute(path);
  for (int links = 0; links < kMostLinks && fs::is_symlink(name, error); ++links) {
    const fs::path target = fs::read_symlink(name, error);
    if (error) break;
    name = name.parent_path() / target;  // `target` itself where it is absolute
  }
  const fs::path folder = fs::weakly_canonical(name.parent_path(), error);
  return error ? name : folder / name.filename();
}

std::string short_name(const std::string& name, const std::string& suffix) {
  if (name.size() + suffix.size() <= kLongestName) return name + suffix;
  Fingerprint fingerprint;
  fingerprint.add(name);
  return "." + fingerprint.text() + suffix;
}

std::optional<int> named_descriptor(const fs::path& path) {
  const fs::path of_process = fmt::format("/proc/{}/fd", ::getpid());
  std::error_code error;
  fs::path name = fs::absolute(path, error).lexically_normal();
  for (int links = 0; links < kMostLinks; ++links) {
    const fs::path folder = name.parent_path();
    if (folder == "/dev/fd" || folder == "/proc/self/fd" || folder == of_process) {
      const std::string number = name.filename().string();
      int descriptor = -1;
      const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), descriptor);
      if (status == std::errc() && end == number.data() + number.size()) return descriptor;
    }
    const fs::path target = fs::read_symlink(name, error);
    if (error) return std::nullopt;
    name = (folder / target).lexically_normal();
  }
  return std::nullopt;
}

bool is_replaceable(const fs::path& path) {
  if (named_descriptor(path)) return false;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  return !fs::exists(status) || fs::is_regular_file(status) || fs::is_directory(status);
}

}  // namespace c3d
