#include "c3d/inference/standard_input.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>

#include "engine/core/error.h"

namespace c3d {

StandardInput::StandardInput() {
  expect(isatty(STDIN_FILENO) == 0,
         "'-' reads a video from standard input, which is a terminal; pipe a file into it");
  file_ = File::temporary();
  file_.call_it(file_.path().parent_path() / "(the copy of standard input)");
  std::array<std::byte, 1 << 16> block;
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, block.data(), block.size());
    const int code = errno;
    if (got < 0 && code == EINTR) continue;
    expect(got >= 0, "'-': standard input cannot be read: {}", errno_text(code));
    if (got == 0) break;
    file_.write(std::span(block).first(static_cast<std::size_t>(got)));
  }
  path_ = fmt::format("/proc/self/fd/{}", file_.descriptor());
}

}  // namespace c3d
