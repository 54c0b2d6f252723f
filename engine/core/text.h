// Small questions to a text. Letters are bytes; those beyond ASCII stay as they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace c3d {

// Blanks of a line: no line ends.
inline constexpr std::string_view kBlank = " \t\r\v\f";

std::string lower_ascii(std::string_view text);                   // A to Z only, in any locale
std::string_view trimmed(std::string_view text);                  // of kBlank at both ends
std::optional<std::int64_t> whole_number(std::string_view text);  // nullopt: not only that, or too large

}  // namespace c3d
