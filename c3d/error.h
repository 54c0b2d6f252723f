// The one exception of C3D, from the kernels to the public functions: a file that cannot be used, a setting
// out of its range, a device that is not there. Besides it only std::bad_alloc leaves the library, where
// memory runs out.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>

#include "c3d/export.h"

namespace c3d {

class C3D_API Error : public std::runtime_error {
 public:
  explicit Error(std::string message, std::source_location where = std::source_location::current());

  // "while reading videos/a.avi": one more line below the message; the outermost comes last.
  void add_context(const std::string& line);

  // For people, without the place in the source: what is wrong, in which file, what to do; context lines
  // follow. Fit for a terminal: names of files and the like are made printable.
  const std::string& message() const { return message_; }
  // The message and the place in the library's source.
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string place_;
  std::string message_;
  std::string what_;
};

}  // namespace c3d
