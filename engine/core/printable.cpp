#include "engine/core/printable.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace c3d {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t position) {
  return static_cast<std::uint8_t>(text[position]);
}

// Of a character that is_utf8() accepts.
std::uint32_t code_point(std::string_view character) {
  const std::uint8_t first = byte_at(character, 0);
  if (first < 0x80) return first;
  std::uint32_t code = first & (0x7Fu >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) code = code << 6 | (byte_at(character, i) & 0x3Fu);
  return code;
}

// Marks that turn the direction of writing, and separators of lines that terminals may obey.
bool disturbs_a_line(std::uint32_t code) {
  return (code >= 0x80 && code < 0xA0) || (code >= 0x200E && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0x061C ||
         code == 0xFEFF;
}

void append(std::string& out, std::string_view character, bool keep_lines) {
  const std::uint32_t code = code_point(character);
  if (code == '\n' && !keep_lines) {
    out += "\\n";
  } else if (code == '\t') {
    out += "\\t";
  } else if (code == '\r') {
    out += "\\r";
  } else if ((code < 0x20 && code != '\n') || code == 0x7F) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", code);
  } else if (disturbs_a_line(code)) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
  } else {
    out += character;
  }
}

std::string escaped(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t end = utf8_end(text, position);
    if (end == position) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte_at(text, position++));
    } else {
      append(out, text.substr(position, end - position), keep_lines);
      position = end;
    }
  }
  return out;
}

}  // namespace

// Table 3-7 of the Unicode Standard: no overlong forms, no surrogates, nothing above U+10FFFF.
std::size_t utf8_end(std::string_view text, std::size_t position) {
  const std::uint8_t first = byte_at(text, position);
  if (first < 0x80) return position + 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - position < length) return position;
  const std::uint8_t second = byte_at(text, position + 1);
  const std::uint8_t least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (second < least || second > most) return position;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, position + i) & 0xC0u) != 0x80u) return position;
  }
  return position + length;
}

bool is_utf8(std::string_view text) {
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t end = utf8_end(text, position);
    if (end == position) return false;
    position = end;
  }
  return true;
}

std::string printable(std::string_view text) { return escaped(text, false); }
std::string printable_lines(std::string_view text) { return escaped(text, true); }

}  // namespace c3d
