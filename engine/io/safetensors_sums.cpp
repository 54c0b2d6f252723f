#include "engine/io/safetensors_sums.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/io/crc32c.h"

namespace c3d {
namespace {

constexpr std::size_t kBits = 32, kAlignment = 8;
constexpr std::size_t kWordBytes = 9;  // a sum and the space before the next
constexpr std::string_view kWhite = " \t\r\n";

std::string as_white_space(std::uint32_t sum) {
  std::string text;
  for (std::size_t bit = kBits; bit-- > 0;) text += (sum >> bit & 1u) != 0 ? '\t' : ' ';
  return text;
}

}  // namespace

void add_sum(std::string& sums, std::uint32_t sum) {
  sums += fmt::format("{}{:08x}", sums.empty() ? "" : " ", sum);
}

bool has_sums(std::string_view sums, std::size_t count) {
  return sums.size() + 1 == count * kWordBytes || (count == 0 && sums.empty());
}

bool is_sum(std::string_view sums, std::size_t index, std::uint32_t sum) {
  std::string word;
  add_sum(word, sum);
  return sums.substr(index * kWordBytes, word.size()) == word;
}

std::string with_header_sum(std::string json) {
  json.resize((json.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  return json + as_white_space(crc32c_of_text(json));
}

HeaderSum check_header_sum(std::string_view header) {
  if (header.size() < kBits) return HeaderSum::none;
  const std::string_view end = header.substr(header.size() - kBits);
  const bool is_white = end.find_first_not_of(kWhite) == std::string_view::npos;
  // Spaces alone, or line ends, are what other programs fill up with; one line end is a tab with a turned
  // bit.
  if (!is_white || end.find_first_not_of(' ') == std::string_view::npos) return HeaderSum::none;
  if (std::ranges::count_if(end, [](char c) { return c == '\r' || c == '\n'; }) > 1) return HeaderSum::none;
  return end == as_white_space(crc32c_of_text(header.substr(0, header.size() - kBits))) ? HeaderSum::right
                                                                                        : HeaderSum::wrong;
}

}  // namespace c3d
