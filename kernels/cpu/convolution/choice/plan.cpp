#include "kernels/cpu/convolution/choice/plan.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>

#include "engine/core/error.h"

namespace c3d::cpu {
namespace {

constexpr std::string_view kEquals = " = ", kPool = " + pool";
constexpr std::string_view kNoBlocking = "-";
constexpr std::string_view kDivisions = "psm";  // apart (private), channels (shared), points (in memory)
constexpr std::array<std::string_view, 3> kProducts{"", " f32", " bf16"};  // behind an algorithm's name
constexpr std::int64_t kMaxTiles = 1 << 20;

// Both are visitors of visit_key(). Words are enums and bools, whose values count their names from 0.
class Writer {
 public:
  void text(std::string_view literal) { text_ += literal; }
  template <typename Value, std::size_t n>
  void word(const Value& value, const std::array<const char*, n>& names) {
    text(names[static_cast<std::size_t>(value)]);
  }
  void number(std::int64_t value, std::int64_t /*maximum*/) { text_ += fmt::format("{}", value); }
  void extent(const Extent3& e) { text_ += fmt::format("{}x{}x{}", e.d, e.h, e.w); }

  const std::string& written() const { return text_; }

 private:
  std::string text_;
};

// Reads a text from its front; once something is missing, nothing more is found.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  // Whether all was found and nothing is left.
  bool done() const { return good_ && rest_.empty(); }
  void text(std::string_view literal) {
    good_ = good_ && rest_.starts_with(literal);
    if (good_) rest_.remove_prefix(literal.size());
  }
  template <typename Value, std::size_t n>
  void word(Value& value, const std::array<const char*, n>& names) {
    const std::string_view found = rest_.substr(0, std::min(rest_.find(' '), rest_.size()));
    const auto name = std::find(names.begin(), names.end(), found);
    good_ = good_ && name != names.end();
    if (!good_) return;
    value = static_cast<Value>(name - names.begin());
    rest_.remove_prefix(found.size());
  }
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
  std::string_view rest_;
  bool good_ = true;
};

std::optional<ConvolutionKey> parse_key(std::string_view text) {
  Reader reader(text);
  ConvolutionKey key;
  visit_key(key, reader);
  if (!reader.done()) return std::nullopt;
  return key;
}

std::optional<Implementation> parse_implementation(std::string_view text) {
  for (std::size_t products = kProducts.size(); products-- > 0;) {
    if (!text.ends_with(kProducts[products])) continue;
    const std::string_view name = text.substr(0, text.size() - kProducts[products].size());
    const auto found = std::find(kAlgorithmNames.begin(), kAlgorithmNames.end(), name);
    if (found == kAlgorithmNames.end()) return std::nullopt;
    return Implementation{static_cast<Algorithm>(found - kAlgorithmNames.begin()),
                          static_cast<Products>(products)};
  }
  return std::nullopt;
}

std::optional<Blocking> parse_blocking(std::string_view text) {
  if (text == kNoBlocking) return Blocking{};
  const std::size_t division = text.empty() ? std::string_view::npos : kDivisions.find(text.front());
  if (division == std::string_view::npos) return std::nullopt;
  Blocking blocking{.division = static_cast<Division>(division)};
  Reader reader(text.substr(1));
  reader.number(blocking.tiles, kMaxTiles);
  if (!reader.done() || blocking.tiles < 1) return std::nullopt;
  return blocking;
}

std::optional<ConvolutionChoice> parse_choice(std::string_view text, const ConvolutionKey& key) {
  const std::size_t space = text.rfind(' ');
  if (space == std::string_view::npos || space == 0) return std::nullopt;
  const std::optional<Blocking> blocking = parse_blocking(text.substr(space + 1));
  if (!blocking) return std::nullopt;
  std::string_view name = text.substr(0, space);
  const bool separate_pool = name.ends_with(kPool);
  if (separate_pool) name.remove_suffix(kPool.size());
  const std::optional<Implementation> implementation = parse_implementation(name);
  if (!implementation) fail("these kernels have no `{}` for the convolution `{}`", name, to_text(key));
  return ConvolutionChoice{*implementation, separate_pool, *blocking};
}

}  // namespace

std::string to_text(const ConvolutionKey& key) {
  Writer writer;
  visit_key(key, writer);
  return writer.written();
}

std::string to_text(const Implementation& implementation) {
  return fmt::format("{}{}", name_of(implementation.algorithm),
                     kProducts[static_cast<std::size_t>(implementation.products)]);
}

std::string to_text(const ConvolutionChoice& choice) {
  const Blocking& blocking = choice.blocking;
  const std::string cut =
      blocking.tiles == 0
          ? std::string(kNoBlocking)
          : fmt::format("{}{}", kDivisions[static_cast<std::size_t>(blocking.division)], blocking.tiles);
  return fmt::format("{}{} {}", to_text(choice.implementation), choice.separate_pool ? kPool : "", cut);
}

std::string to_text(const ConvolutionPlan& plan) {
  std::string text;
  for (const auto& [key, choice] : plan) {
    text.append(to_text(key)).append(kEquals).append(to_text(choice)).append("\n");
  }
  return text;
}

ConvolutionPlan parse_plan(const std::string& text) {
  ConvolutionPlan plan;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const std::size_t equals = line.find(kEquals);
    const bool whole = equals != std::string::npos;
    const auto key = whole ? parse_key(std::string_view(line).substr(0, equals)) : std::nullopt;
    const auto choice =
        key ? parse_choice(std::string_view(line).substr(equals + kEquals.size()), *key) : std::nullopt;
    if (!key || !choice) fail("this is no convolution and its kernel: `{}`", line);
    plan[*key] = *choice;
  }
  return plan;
}

}  // namespace c3d::cpu
