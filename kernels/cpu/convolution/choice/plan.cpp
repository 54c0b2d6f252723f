#include "kernels/cpu/convolution/choice/plan.h"

#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>

#include "engine/core/error.h"

namespace c3d::cpu {
namespace {

constexpr std::array kPasses{"forward", "backward_data", "backward_filter"};
constexpr std::array kTypes{"f32", "bf16_in_f32", "bf16"};
constexpr std::string_view kEquals = " = ", kPool = " + pool";
constexpr std::string_view kNoBlocking = "-";
constexpr std::string_view kDivisions = "psm";  // apart (private), channels (shared), points (in memory)
// No convolution is larger along any axis: with these, nothing that is computed of a key overflows.
constexpr std::int64_t kMostExtent = 1 << 15, kMostTiles = 1 << 20, kMostBytes = std::int64_t{1} << 50;

std::string to_text(const Extent3& e) { return fmt::format("{}x{}x{}", e.d, e.h, e.w); }

// What is left of a line that is read from its front; once something is missing, nothing more is found.
class Line {
 public:
  explicit Line(std::string_view text) : rest_(text) {}

  bool good() const { return good_; }
  bool done() const { return good_ && rest_.empty(); }
  void skip(std::string_view text) {
    good_ = good_ && rest_.starts_with(text);
    if (good_) rest_.remove_prefix(text.size());
  }
  std::string_view word() {
    const std::size_t end = std::min(rest_.find(' '), rest_.size());
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found;
  }
  std::int64_t number(std::int64_t most = kMostExtent) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    good_ = good_ && error == std::errc() && value >= 0 && value <= most;
    if (good_) rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  Extent3 extent() {
    Extent3 e;
    e.d = number();
    skip("x");
    e.h = number();
    skip("x");
    e.w = number();
    return e;
  }
  Extent3 extent_after(std::string_view text) {
    skip(text);
    return extent();
  }
  // The index of the next word among these.
  template <std::size_t n>
  std::size_t one_of(const std::array<const char*, n>& words) {
    const std::string_view found = word();
    for (std::size_t i = 0; i < n; ++i) {
      if (found == words[i]) return i;
    }
    good_ = false;
    return 0;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::optional<ConvolutionKey> parse_key(std::string_view text) {
  Line line(text);
  ConvolutionKey key;
  key.pass = static_cast<ConvolutionPass>(line.one_of(kPasses));
  line.skip(" ");
  const std::size_t type = line.one_of(kTypes);
  key.bf16 = type > 0;
  key.bf16_products = type == 2;
  line.skip(" ");
  key.direct = line.one_of(std::array{"winograd", "direct"}) == 1;
  line.skip(" ");
  key.inference = line.one_of(std::array{"training", "inference"}) == 1;
  line.skip(" ");
  key.clips = line.number();
  key.in = line.extent_after("x");
  line.skip("x");
  key.in_channels = line.number();
  line.skip(" of ");
  key.used = line.number();
  key.out = line.extent_after(" to ");
  line.skip("x");
  key.out_channels = line.number();
  key.kernel = line.extent_after(", taps ");
  key.stride = line.extent_after(", stride ");
  key.pad = line.extent_after(", pad ");
  key.window = line.extent_after(", pool ");
  line.skip(", within ");
  key.within_bytes = line.number(kMostBytes);
  if (!line.done()) return std::nullopt;
  return key;
}

std::optional<ConvolutionChoice> parse_choice(std::string_view text) {
  const std::size_t space = text.rfind(' ');
  if (space == std::string_view::npos || space == 0 || space + 1 == text.size()) return std::nullopt;
  ConvolutionChoice choice;
  Line line(text.substr(space + 1));
  if (text.substr(space + 1) == kNoBlocking) {
    line.skip(kNoBlocking);
  } else {
    const std::size_t division = kDivisions.find(text[space + 1]);
    if (division == std::string_view::npos) return std::nullopt;
    choice.blocking.division = static_cast<Division>(division);
    line.skip(kDivisions.substr(division, 1));
    choice.blocking.tiles = line.number(kMostTiles);
    if (choice.blocking.tiles < 1) return std::nullopt;
  }
  text = text.substr(0, space);
  choice.separate_pool = text.ends_with(kPool);
  if (choice.separate_pool) text.remove_suffix(kPool.size());
  choice.kernel = text;
  if (!line.done()) return std::nullopt;
  return choice;
}

}  // namespace

std::array<std::int64_t, 28> ConvolutionKey::numbers() const {
  return {static_cast<std::int64_t>(pass),
          bf16,
          bf16_products,
          direct,
          inference,
          clips,
          in.d,
          in.h,
          in.w,
          out.d,
          out.h,
          out.w,
          in_channels,
          used,
          out_channels,
          kernel.d,
          kernel.h,
          kernel.w,
          stride.d,
          stride.h,
          stride.w,
          pad.d,
          pad.h,
          pad.w,
          window.d,
          window.h,
          window.w,
          within_bytes};
}

std::string to_text(const ConvolutionKey& key) {
  const std::size_t type = key.bf16 ? (key.bf16_products ? 2 : 1) : 0;
  return fmt::format("{} {} {} {} {}x{}x{} of {} to {}x{}, taps {}, stride {}, pad {}, pool {}, within {}",
                     kPasses[static_cast<std::size_t>(key.pass)], kTypes[type],
                     key.direct ? "direct" : "winograd", key.inference ? "inference" : "training", key.clips,
                     to_text(key.in), key.in_channels, key.used, to_text(key.out), key.out_channels,
                     to_text(key.kernel), to_text(key.stride), to_text(key.pad), to_text(key.window),
                     key.within_bytes);
}

std::string to_text(const ConvolutionChoice& choice) {
  const Blocking& blocking = choice.blocking;
  const std::string cut =
      blocking.tiles == 0
          ? std::string(kNoBlocking)
          : fmt::format("{}{}", kDivisions[static_cast<std::size_t>(blocking.division)], blocking.tiles);
  return fmt::format("{}{} {}", choice.kernel, choice.separate_pool ? kPool : "", cut);
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
        whole ? parse_choice(std::string_view(line).substr(equals + kEquals.size())) : std::nullopt;
    if (!key || !choice) fail("this is no convolution and its kernel: `{}`", line);
    plan[*key] = *choice;
  }
  return plan;
}

}  // namespace c3d::cpu
