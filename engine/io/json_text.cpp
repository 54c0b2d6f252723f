#include "engine/io/json_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <iterator>

#include "engine/core/printable.h"

namespace c3d {
namespace {

constexpr std::string_view kMarker = "percent-encoded:";

}  // namespace

std::string json_name(std::string_view bytes) {
  if (is_utf8(bytes) && !bytes.starts_with(kMarker)) return std::string(bytes);
  std::string spelling(kMarker);
  for (std::size_t position = 0; position < bytes.size();) {
    const std::size_t end = utf8_end(bytes, position);
    if (end == position || bytes[position] == '%') {
      fmt::format_to(std::back_inserter(spelling), "%{:02X}", static_cast<std::uint8_t>(bytes[position++]));
    } else {
      spelling += bytes.substr(position, end - position);
      position = end;
    }
  }
  return spelling;
}

std::string name_of_json(std::string_view spelling) {
  if (!spelling.starts_with(kMarker)) return std::string(spelling);
  std::string bytes;
  for (std::size_t position = kMarker.size(); position < spelling.size();) {
    const std::string_view digits = spelling.substr(position + 1, 2);
    std::uint8_t byte = 0;
    const bool encoded = spelling[position] == '%' && digits.size() == 2 &&
                         std::from_chars(digits.data(), digits.data() + 2, byte, 16).ptr == digits.data() + 2;
    bytes += encoded ? static_cast<char>(byte) : spelling[position];
    position += encoded ? 3 : 1;
  }
  return bytes;
}

}  // namespace c3d
