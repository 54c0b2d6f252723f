#include "engine/core/frame_rate.h"

#include <cstdint>
#include <numeric>
#include <optional>
#include <string_view>

#include "engine/core/argument.h"
#include "engine/core/text.h"

namespace c3d {
namespace {

constexpr std::size_t kMostDigits = 9;  // of a part of the fraction, so that products fit

struct Fraction {
  std::int64_t num = 0, den = 1;
};

std::optional<std::int64_t> digits(std::string_view text) {
  const bool are_digits = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (text.empty() || text.size() > kMostDigits || !are_digits) return std::nullopt;
  return whole_number(text);
}

std::optional<Fraction> decimal(std::string_view whole, std::string_view places) {
  const auto before = digits(whole);
  const auto after = digits(places);
  if (!before || !after || whole.size() + places.size() > kMostDigits) return std::nullopt;
  Fraction result{*before, 1};
  for (std::size_t i = 0; i < places.size(); ++i) {
    result.num *= 10;
    result.den *= 10;
  }
  result.num += *after;
  return result;
}

std::optional<Fraction> fraction(std::string_view text) {
  const std::size_t slash = text.find('/'), point = text.find('.');
  if (slash != std::string_view::npos) {
    const auto num = digits(text.substr(0, slash)), den = digits(text.substr(slash + 1));
    if (!num || !den || *den == 0) return std::nullopt;
    return Fraction{*num, *den};
  }
  if (point != std::string_view::npos) return decimal(text.substr(0, point), text.substr(point + 1));
  const auto whole = digits(text);
  if (!whole) return std::nullopt;
  return Fraction{*whole, 1};
}

}  // namespace

FrameRate parse_frame_rate(const std::string& text) {
  if (text == kFileFrames) return {};
  const Fraction said = fraction(text).value_or(Fraction{});  // 0 is refused, too
  const double value = static_cast<double>(said.num) / static_cast<double>(said.den);
  expect_argument(
      value >= kLeastFrameRate && value <= kLargestFrameRate,
      "fps is '{:.60}'; it is a number of frames a second from {} to {}, such as 25, 29.97 or 30000/1001, "
      "or {}: each frame of the file",
      text, kLeastFrameRate, kLargestFrameRate, kFileFrames);
  const std::int64_t common = std::gcd(said.num, said.den);
  return {static_cast<int>(said.num / common), static_cast<int>(said.den / common)};
}

std::string to_string(const FrameRate& rate) {
  if (!rate.is_given()) return kFileFrames;
  return rate.den == 1 ? fmt::format("{}", rate.num) : fmt::format("{}/{}", rate.num, rate.den);
}

}  // namespace c3d
