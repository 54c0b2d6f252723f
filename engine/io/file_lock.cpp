#include "engine/io/file_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string_view>
#include <utility>

#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/file_names.h"

namespace c3d {
namespace {

constexpr std::string_view kMark = "c3d lock: ";
constexpr int kLockAttempts = 100;  // each of them lost to a process that gave the lock back just then

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "an unknown host";
  return name.data();
}

std::string command_of_this_process() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string text;
  for (std::string word; std::getline(file, word, '\0') && text.size() < 200;) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

std::string first_line_of(const File& file) {
  std::string text(512, '\0');
  const std::uint64_t bytes = std::min<std::uint64_t>(file.size(), text.size());
  text.resize(static_cast<std::size_t>(bytes));
  if (!file.read_at(0, std::as_writable_bytes(std::span(text)))) return {};
  return text.substr(0, text.find('\n'));
}

// A file that somebody else keeps under this name must neither be written to nor removed.
void expect_no_other_file(const std::filesystem::path& path, const std::string& what) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::symlink_status(path, error);
  expect(!std::filesystem::exists(status) || std::filesystem::is_regular_file(status),
         "{}: it has the name of the lock of {}, but is no file: move it away", path, what);
}

bool still_named(const File& file) { return file_identity(file.path()) == file.identity(); }

}  // namespace

FileLock::FileLock(const std::filesystem::path& path, const std::string& what) {
  for (int attempt = 0; attempt < kLockAttempts; ++attempt) {
    expect_no_other_file(path, what);
    File file(path, O_RDWR | O_CREAT | O_NOFOLLOW);
    const Lock lock = file.try_lock();
    const std::string text = first_line_of(file);
    const bool is_lock = text.empty() || text.starts_with(kMark);
    expect(is_lock, "{}: this file has the name of the lock of {}, but is none: move it away", path, what);
    if (lock == Lock::none) {
      if (text.empty()) ::unlink(path.c_str());  // it was made just now, and guards nothing
      return;
    }
    if (lock == Lock::busy) {
      fail("{} is in use by {}; wait until it ends, or stop it", what,
           text.empty() ? "another process" : text.substr(kMark.size()));
    }
    if (!still_named(file)) continue;  // its holder removed it between our two calls
    try {
      file.truncate(0);
      file.write(fmt::format("{}process {} on {} ({})\n", kMark, ::getpid(), host_name(),
                             printable(command_of_this_process())));
    } catch (const Error&) {
      // The lock holds on a full disk too; only who has it stays unsaid.
    }
    file_ = std::move(file);
    return;
  }
  fail("{}: the lock {} changes hands too fast; try again", what, path);
}

FileLock::~FileLock() {
  if (file_) ::unlink(file_.path().c_str());
}

std::filesystem::path lock_file_of(const std::filesystem::path& output) {
  std::error_code error;
  if (std::filesystem::is_directory(output, error)) return std::filesystem::canonical(output) / ".lock";
  const std::filesystem::path real = followed(output);
  return real.parent_path() / short_name("." + real.filename().string(), ".lock");
}

}  // namespace c3d
