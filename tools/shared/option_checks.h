// Checks of options' values, for CLI::Option::check(). CLI11's own checks of numbers let NaN pass every range,
// take what does not fit for the largest number, and show limits in its own notation.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace c3d {

inline constexpr std::uint64_t kLargestInt = std::numeric_limits<int>::max();

// A whole number from `least` to `most`, both allowed, in decimal digits.
CLI::Validator whole_number_within(std::uint64_t least, std::uint64_t most);
// A finite number from `least` to `most`, both allowed.
CLI::Validator number_within(double least, double most);
// A finite number that is 0 or more.
CLI::Validator not_negative();
// A text for which `check` throws no Error; what it says is said of the option.
CLI::Validator checked_by(const std::function<void(const std::string&)>& check);

}  // namespace c3d
