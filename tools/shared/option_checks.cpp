#include "tools/shared/option_checks.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string>

#include "engine/core/error.h"
#include "engine/core/printable.h"

namespace c3d {
namespace {

// Whether the whole text is a number that fits.
template <typename Number>
bool reads_as(const std::string& text, Number& value) {
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc() && end == text.data() + text.size();
}

CLI::Validator finite_number(double least, double most, const std::string& kind, const std::string& limits) {
  return CLI::Validator(
      [=](const std::string& text) {
        double value = 0;
        if (reads_as(text, value) && value >= least && value <= most && std::isfinite(value))
          return std::string();
        return fmt::format("is '{}', but must be {}", printable(text), kind);
      },
      limits);
}

}  // namespace

CLI::Validator whole_number_within(std::uint64_t least, std::uint64_t most) {
  const std::string limits = fmt::format("{} to {}", least, most);
  return CLI::Validator(
      [=](const std::string& text) {
        std::uint64_t value = 0;
        if (reads_as(text, value) && value >= least && value <= most) return std::string();
        return fmt::format("is '{}', but must be a whole number from {}", printable(text), limits);
      },
      limits);
}

CLI::Validator number_within(double least, double most) {
  const std::string limits = fmt::format("{} to {}", least, most);
  return finite_number(least, most, "a number from " + limits, limits);
}

CLI::Validator not_negative() {
  return finite_number(0, std::numeric_limits<double>::max(), "a number from 0 on", "0 or more");
}

CLI::Validator checked_by(const std::function<void(const std::string&)>& check) {
  return CLI::Validator(
      [check](const std::string& text) {
        try {
          check(text);
        } catch (const Error& error) {
          return error.message();
        }
        return std::string();
      },
      "");
}

}  // namespace c3d
