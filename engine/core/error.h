// The one exception of the engine, and the one way to raise it.
//
// A function states its preconditions at its public face with expect(); a caller that knows more (which file,
// which layer) adds a line with add_context() and rethrows. message() is for people, what() adds the place in
// the source.
#pragma once

#include <fmt/format.h>

#include <source_location>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace c3d {

class Error : public std::runtime_error {
 public:
  explicit Error(std::string message, std::source_location where = std::source_location::current());

  // "while reading videos/a.avi": one more line below the message; the outermost comes last.
  void add_context(const std::string& line);

  // The message and its context lines, without the place in the source.
  const std::string& message() const { return message_; }
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string place_;
  std::string message_;
  std::string what_;
};

// A format string that remembers the line it was written on, so that expect() and fail() need no macro.
template <typename... Args>
struct LocatedFormat {
  template <typename Text>
  consteval LocatedFormat(const Text& text,  // NOLINT(google-explicit-constructor): a string literal is meant
                          std::source_location place = std::source_location::current())
      : format(text), where(place) {}
  fmt::format_string<Args...> format;
  std::source_location where;
};

template <typename... Args>
[[noreturn]] void fail(LocatedFormat<std::type_identity_t<Args>...> message, Args&&... args) {
  throw Error(fmt::format(message.format, std::forward<Args>(args)...), message.where);
}

// expect(x.shape()[4] == c, "conv3d: input has {} channels, filter expects {}", x.shape()[4], c);
template <typename... Args>
void expect(bool condition, LocatedFormat<std::type_identity_t<Args>...> message, Args&&... args) {
  if (!condition) throw Error(fmt::format(message.format, std::forward<Args>(args)...), message.where);
}

}  // namespace c3d
