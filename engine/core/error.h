// The one way to raise the one exception (c3d/error.h, which users see too).
//
// A function states its preconditions at its public face with expect(); a caller that knows more (which file,
// which layer) adds a line with add_context() and rethrows. message() is for people, what() adds the place in
// the source.
//
// Text among the arguments of expect() and fail() is made printable (printable.h): names of files, classes
// and the like may hold anything. Text of several lines that we put together ourselves is passed as Lines.
// Paths are passed as they are.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include "c3d/error.h"
#include "engine/core/printable.h"

namespace c3d {

// Text whose line ends are meant.
struct Lines {
  std::string text;
};

template <typename T>
inline constexpr bool kIsJoined = false;
template <typename First, typename Last>
inline constexpr bool kIsJoined<fmt::join_view<First, Last, char>> = true;  // fmt::join()

// What a message shows of an argument.
template <typename T>
decltype(auto) shown(const T& argument) {
  if constexpr (std::is_same_v<T, Lines>) {
    return printable_lines(argument.text);
  } else if constexpr (kIsJoined<T>) {
    return printable(fmt::format("{}", T(argument)));
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return printable(argument.native());
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return printable(std::string_view(argument));
  } else {
    return (argument);
  }
}
template <typename T>
using Shown = std::remove_cvref_t<decltype(shown(std::declval<const std::remove_cvref_t<T>&>()))>;

template <typename... Args>
std::string formatted(fmt::string_view format, const Args&... args) {
  return fmt::vformat(format, fmt::make_format_args(args...));
}

// A format string that remembers the line it was written on, so that expect() and fail() need no macro.
template <typename... Args>
struct LocatedFormat {
  template <typename Text>
  consteval LocatedFormat(const Text& text,  // NOLINT(google-explicit-constructor): a string literal is meant
                          std::source_location place = std::source_location::current())
      : format(text), where(place) {}
  fmt::format_string<const Shown<Args>&...> format;
  std::source_location where;
};

template <typename... Args>
[[noreturn]] void fail(LocatedFormat<std::type_identity_t<Args>...> message, const Args&... args) {
  throw Error(formatted(message.format, shown(args)...), message.where);
}

// expect(x.shape()[4] == c, "conv3d: input has {} channels, filter expects {}", x.shape()[4], c);
template <typename... Args>
void expect(bool condition, LocatedFormat<std::type_identity_t<Args>...> message, const Args&... args) {
  if (!condition) fail<Args...>(message, args...);
}

}  // namespace c3d
