#include "data/input_bytes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include "engine/io/read_error.h"

namespace c3d {
namespace {

// Between tries of what may pass: a server that was restarted, files that others close.
constexpr std::array<std::chrono::milliseconds, 2> kPauses = {std::chrono::milliseconds(20),
                                                              std::chrono::milliseconds(200)};
// A source that gives so much is alive, whatever is made of it.
constexpr std::uint64_t kProgressBytes = 1 << 16;
// How long a read waits before it asks whether it is to stop.
constexpr double kStopSeconds = 0.1;

bool may_pass(int code) {
  constexpr std::array kCodes = {EIO, EAGAIN, ESTALE, ETIMEDOUT, EMFILE, ENFILE, ENOMEM, EBUSY};
  return std::ranges::find(kCodes, code) != kCodes.end();
}

// Without O_NONBLOCK, opening a pipe waits for ever for who writes.
File opened(const std::filesystem::path& path) {
  for (std::size_t tries = 0;; ++tries) {
    std::optional<File> file = File::try_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (file) return std::move(*file);
    const int code = errno;
    if (code == ENOENT) fail_to_read("{}: no such file", path);
    if (tries == kPauses.size() || !may_pass(code)) {
      fail_to_read("{}: cannot be opened: {}", path, errno_text(code));
    }
    std::this_thread::sleep_for(kPauses[tries]);
  }
}

}  // namespace

InputBytes::InputBytes(const std::filesystem::path& path, double timeout_seconds,
                       std::function<bool()> stopped)
    : file_(opened(path)),
      identity_(file_.identity()),
      timeout_seconds_(timeout_seconds),
      stopped_(std::move(stopped)) {
  struct stat facts {};
  if (::fstat(file_.descriptor(), &facts) != 0) {
    const int code = errno;
    fail_to_read("{}: cannot be looked at: {}", path, errno_text(code));
  }
  if (S_ISDIR(facts.st_mode)) fail_to_read("{}: is a folder", path);
  seekable_ = S_ISREG(facts.st_mode) || S_ISBLK(facts.st_mode);
  if (!seekable_) return;
  const off_t end = ::lseek(file_.descriptor(), 0, SEEK_END);  // fstat() knows no size of a disk
  const int code = errno;
  if (end < 0) fail_to_read("{}: its size is not to be had: {}", path, errno_text(code));
  size_ = static_cast<std::uint64_t>(end);
}

std::size_t InputBytes::read(std::span<std::byte> out) {
  const std::size_t count = seekable_ ? read_at_place(out) : read_as_it_comes(out);
  at_ += count;
  since_progress_ += count;
  if (since_progress_ >= kProgressBytes) {
    since_progress_ = 0;
    made_progress();
  }
  return count;
}

std::size_t InputBytes::read_at_place(std::span<std::byte> out) {
  for (std::size_t tries = 0;;) {
    const ssize_t count = ::pread(file_.descriptor(), out.data(), out.size(), static_cast<off_t>(at_));
    if (count >= 0) return static_cast<std::size_t>(count);
    const int code = errno;
    if (code == EINTR) continue;
    if (tries == kPauses.size() || !may_pass(code)) {
      fail_to_read("{}: cannot be read: {}", file_.path(), errno_text(code));
    }
    std::this_thread::sleep_for(kPauses[tries++]);
    if (code == ESTALE && !open_again()) {
      fail_to_read("{}: was replaced while it was read", file_.path());
    }
  }
}

// A server that forgot the open file knows the name. False: there is another file of that name.
bool InputBytes::open_again() {
  std::optional<File> file = File::try_open(file_.path(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file) return true;  // the next read says why
  if (file->identity() != identity_ || file->size() != size_) return false;
  file_ = std::move(*file);
  return true;
}

std::size_t InputBytes::read_as_it_comes(std::span<std::byte> out) {
  for (;;) {
    wait_for_bytes();
    const ssize_t count = ::read(file_.descriptor(), out.data(), out.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    const int code = errno;
    if (code != EINTR && code != EAGAIN) {
      fail_to_read("{}: cannot be read: {}", file_.path(), errno_text(code));
    }
  }
}

// Reading before there is something would take a pipe that nobody has opened yet for one at its end.
void InputBytes::wait_for_bytes() {
  using Clock = std::chrono::steady_clock;
  for (;;) {
    const Clock::time_point start = Clock::now();
    pollfd source{file_.descriptor(), POLLIN, 0};
    if (stopped_ && stopped_()) fail_to_read("{}: reading was stopped", file_.path());
    const double patience = stopped_ ? kStopSeconds : timeout_seconds_;
    const double left = std::clamp(timeout_seconds_ - waited_seconds_, 0.0, patience);
    // poll() counts in int; a limit of weeks is none.
    const int ready = ::poll(&source, 1, static_cast<int>(std::min(std::ceil(left * 1000), 2e9)));
    const int code = errno;
    waited_seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
    if (ready > 0) return;
    if (ready < 0 && code != EINTR) {
      fail_to_read("{}: cannot be waited for: {}", file_.path(), errno_text(code));
    }
    if (waited_seconds_ >= timeout_seconds_) fail_as_stalled();
  }
}

void InputBytes::fail_as_stalled() const {
  if (at_ == 0) {
    fail_to_read("{}: gave nothing for {:g} seconds: does anything write to it?", file_.path(),
                 timeout_seconds_);
  }
  fail_to_read("{}: stalled after {} bytes: too little came in {:g} seconds of waiting", file_.path(), at_,
               timeout_seconds_);
}

}  // namespace c3d
