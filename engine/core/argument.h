// fail() and expect() of engine/core/error.h for what a user asks for, where it is wrong by itself.
#pragma once

#include "c3d/invalid_argument.h"
#include "engine/core/error.h"

namespace c3d {

template <typename... Args>
[[noreturn]] void fail_argument(LocatedFormat<std::type_identity_t<Args>...> message, const Args&... args) {
  throw InvalidArgument(formatted(message.format, shown(args)...), message.where);
}
template <typename... Args>
void expect_argument(bool condition, LocatedFormat<std::type_identity_t<Args>...> message,
                     const Args&... args) {
  if (!condition) fail_argument<Args...>(message, args...);
}

}  // namespace c3d
