// The text of a plan (Backend::plan): a line `KEY = CHOICE` for each convolution. A backend describes its key
// once, by a function visit_key(key, visitor) beside it, which names the members from left to right.
// PlanWriter and PlanReader are the visitors. Plain values without owners; any thread.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/core/geometry.h"

namespace c3d {

// Numbers of a plan end here: no convolution is larger along any axis.
inline constexpr std::int64_t kMaxExtent = 1 << 15;

// A value that a plan has a word for.
template <typename Value>
struct PlanWord {
  const char* word;
  Value value;
};

class PlanWriter {
 public:
  void text(std::string_view literal) { text_ += literal; }
  // An enum or bool, whose values count their words from 0.
  template <typename Value, std::size_t n>
  void word(const Value& value, const std::array<const char*, n>& words) {
    text(words[static_cast<std::size_t>(value)]);
  }
  // One of the table's values.
  template <typename Value, std::size_t n>
  void word(const Value& value, const std::array<PlanWord<Value>, n>& table) {
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const PlanWord<Value>& row) { return row.value == value; });
    text(found == table.end() ? "?" : found->word);
  }
  void number(std::int64_t value, std::int64_t /*maximum*/) { text_ += fmt::format("{}", value); }
  void extent(const Extent3& e) { text_ += fmt::format("{}x{}x{}", e.d, e.h, e.w); }

  const std::string& written() const { return text_; }

 private:
  std::string text_;
};

// Reads a text from its front; once something is missing, nothing more is found.
class PlanReader {
 public:
  explicit PlanReader(std::string_view text) : rest_(text) {}

  // Whether all was found and nothing is left.
  bool done() const { return good_ && rest_.empty(); }
  void text(std::string_view literal) {
    good_ = good_ && rest_.starts_with(literal);
    if (good_) rest_.remove_prefix(literal.size());
  }
  template <typename Value, std::size_t n>
  void word(Value& value, const std::array<const char*, n>& words) {
    const std::string_view next = next_word();
    const auto found = std::find(words.begin(), words.end(), next);
    good_ = good_ && found != words.end();
    if (!good_) return;
    value = static_cast<Value>(found - words.begin());
    rest_.remove_prefix(next.size());
  }
  template <typename Value, std::size_t n>
  void word(Value& value, const std::array<PlanWord<Value>, n>& table) {
    const std::string_view next = next_word();
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const PlanWord<Value>& row) { return row.word == next; });
    good_ = good_ && found != table.end();
    if (!good_) return;
    value = found->value;
    rest_.remove_prefix(next.size());
  }
  // From 0 to the maximum.
  void number(std::int64_t& value, std::int64_t maximum) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    good_ = good_ && error == std::errc() && value >= 0 && value <= maximum;
    if (good_) rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
  }
  void extent(Extent3& e) {
    number(e.d, kMaxExtent);
    text("x");
    number(e.h, kMaxExtent);
    text("x");
    number(e.w, kMaxExtent);
  }

 private:
  std::string_view next_word() const { return rest_.substr(0, std::min(rest_.find(' '), rest_.size())); }

  std::string_view rest_;
  bool good_ = true;
};

// "32x16x56x56x64": clips, extent, channels.
template <typename Visitor, typename Count, typename Extent>
void visit_shape(Visitor& visitor, Count& clips, Extent& extent, Count& channels) {
  visitor.number(clips, kMaxExtent);
  visitor.text("x");
  visitor.extent(extent);
  visitor.text("x");
  visitor.number(channels, kMaxExtent);
}

// ", taps 3x3x3, stride 1x1x1, pad 1x1x1"
template <typename Visitor, typename Key>
void visit_geometry(Visitor& visitor, Key& key) {
  visitor.text(", taps ");
  visitor.extent(key.kernel);
  visitor.text(", stride ");
  visitor.extent(key.stride);
  visitor.text(", pad ");
  visitor.extent(key.pad);
}

template <typename Key>
std::string plan_key_text(const Key& key) {
  PlanWriter writer;
  visit_key(key, writer);
  return writer.written();
}

// Empty where the text is no key.
template <typename Key>
std::optional<Key> parse_plan_key(std::string_view text) {
  PlanReader reader(text);
  Key key;
  visit_key(key, reader);
  if (!reader.done()) return std::nullopt;
  return key;
}

std::string plan_line(std::string_view key, std::string_view choice);
// Calls take(key, choice) for each line that is not empty. Error that quotes the line where there is no
// choice, or where take() says false: it is no convolution and its kernel.
void for_each_plan_line(const std::string& text,
                        const std::function<bool(std::string_view key, std::string_view choice)>& take);

}  // namespace c3d
