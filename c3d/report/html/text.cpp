#include "c3d/report/html/text.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <iterator>

#include "engine/core/printable.h"

namespace c3d {
namespace {

// Of base64.
constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::string replaced(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t position = 0; position < bytes.size();) {
    const std::size_t end = utf8_end(bytes, position);
    if (end == position) {
      text += kReplacement;
      ++position;
    } else {
      text += bytes.substr(position, end - position);
      position = end;
    }
  }
  return text;
}

bool is_unreserved(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || std::string_view("-._~/").find(letter) != std::string_view::npos;
}

}  // namespace

std::string shown_text(std::string_view bytes) { return printable(replaced(bytes)); }

std::string html_text(std::string_view bytes) {
  std::string html;
  for (const char letter : shown_text(bytes)) {
    switch (letter) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += letter;
    }
  }
  return html;
}

std::string file_url(const std::filesystem::path& path) {
  std::string url = "file://";
  const std::filesystem::path whole = std::filesystem::absolute(path).lexically_normal();
  for (const char letter : whole.native()) {
    if (is_unreserved(letter)) {
      url += letter;
    } else {
      fmt::format_to(std::back_inserter(url), "%{:02X}", static_cast<std::uint8_t>(letter));
    }
  }
  return url;
}

std::string base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t first = 0; first < bytes.size(); first += 3) {
    const std::string_view group = bytes.substr(first, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8U | (i < group.size() ? static_cast<std::uint8_t>(group[i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= group.size() ? kDigits[bits >> (18U - 6U * static_cast<std::uint32_t>(i)) & 63U] : '=';
    }
  }
  return text;
}

bool is_base64(std::string_view text) {
  return text.find_first_not_of(fmt::format("{}=", kDigits)) == std::string_view::npos;
}

std::string data_uri(std::string_view media_type, std::string_view bytes) {
  return fmt::format("data:{};base64,{}", media_type, base64(bytes));
}

std::string json_text(std::string_view json) {
  std::string text;
  text.reserve(json.size());
  for (const char letter : json) {
    // In JSON these letters stand in strings alone, where an escape means the same.
    if (letter == '<' || letter == '>' || letter == '&') {
      fmt::format_to(std::back_inserter(text), "\\u{:04x}", static_cast<std::uint8_t>(letter));
    } else {
      text += letter;
    }
  }
  return text;
}

std::string json_element(std::string_view id, std::string_view json) {
  return fmt::format("<script type=\"application/json\" id=\"{}\">{}</script>", id, json_text(json));
}

}  // namespace c3d
