#include "engine/core/plan_text.h"

#include <sstream>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::string_view kEquals = " = ";

}  // namespace

std::string plan_line(std::string_view key, std::string_view choice) {
  return fmt::format("{}{}{}\n", key, kEquals, choice);
}

void for_each_plan_line(const std::string& text,
                        const std::function<bool(std::string_view key, std::string_view choice)>& take) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const std::string_view whole = line;
    const std::size_t equals = whole.find(kEquals);
    if (equals == std::string_view::npos ||
        !take(whole.substr(0, equals), whole.substr(equals + kEquals.size()))) {
      fail("this is no convolution and its kernel: `{}`", line);
    }
  }
}

}  // namespace c3d
