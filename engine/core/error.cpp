#include "engine/core/error.h"

#include <string_view>

namespace c3d {

Error::Error(std::string message, std::source_location where)
    : std::runtime_error(message), message_(std::move(message)) {
  std::string_view file = where.file_name();
  if (const auto slash = file.rfind('/'); slash != std::string_view::npos) file.remove_prefix(slash + 1);
  place_ = fmt::format(" [{}:{}]", file, where.line());
  what_ = message_ + place_;
}

void Error::add_context(const std::string& line) {
  message_.append("\n  ").append(printable(line));
  what_ = message_ + place_;
}

}  // namespace c3d
