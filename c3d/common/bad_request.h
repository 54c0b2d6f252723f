// What was asked for contradicts itself, or what it is asked of: two outputs of one name, an output that is
// an input, a window that the weights do not have. Nothing failed, and nothing was done: tools end as they do
// for a wrong command line.
#pragma once

#include "engine/core/argument.h"

namespace c3d {

class BadRequest : public InvalidArgument {
 public:
  using InvalidArgument::InvalidArgument;
};

// As fail() and expect() of engine/core/error.h.
template <typename... Args>
[[noreturn]] void refuse(LocatedFormat<std::type_identity_t<Args>...> message, const Args&... args) {
  throw BadRequest(formatted(message.format, shown(args)...), message.where);
}
template <typename... Args>
void expect_request(bool condition, LocatedFormat<std::type_identity_t<Args>...> message,
                    const Args&... args) {
  if (!condition) refuse<Args...>(message, args...);
}

}  // namespace c3d
