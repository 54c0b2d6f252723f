// The process may open `more` files more than are open now, until the end of the scope.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/core/error.h"

namespace c3d {

class FewFiles {
 public:
  explicit FewFiles(int more) {
    expect(::getrlimit(RLIMIT_NOFILE, &before_) == 0, "no limit of open files is known");
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);  // the lowest number that is free
    ::close(next);
    struct rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(next) + static_cast<rlim_t>(more);
    expect(::setrlimit(RLIMIT_NOFILE, &few) == 0, "the limit of open files cannot be set");
  }
  ~FewFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewFiles(const FewFiles&) = delete;
  FewFiles& operator=(const FewFiles&) = delete;

 private:
  struct rlimit before_ {};
};

}  // namespace c3d
