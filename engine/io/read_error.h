// Raised where bytes could not be read: a disk or network that fails or stalls, rights that are missing, too
// many open files, no memory. It says nothing of what the bytes are, so nobody may remember it as a fact of
// the file.
#pragma once

#include <source_location>
#include <string>
#include <utility>

#include "engine/core/error.h"

namespace c3d {

class ReadError : public Error {
 public:
  explicit ReadError(std::string message, std::source_location where = std::source_location::current())
      : Error(std::move(message), where) {}
};

// As fail() of error.h.
template <typename... Args>
[[noreturn]] void fail_to_read(LocatedFormat<std::type_identity_t<Args>...> message, const Args&... args) {
  throw ReadError(formatted(message.format, shown(args)...), message.where);
}

}  // namespace c3d
