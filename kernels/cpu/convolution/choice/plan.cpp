#include "kernels/cpu/convolution/choice/plan.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "engine/core/error.h"

namespace c3d::cpu {
namespace {

constexpr std::string_view kPool = " + pool", kNoBlocking = "-";
// By Division. p: private tiles; s: tiles shared, split by output channels; m: sums in memory, by points.
constexpr std::string_view kDivisions = "psm";
constexpr std::array<std::string_view, 3> kProducts{"", " f32", " bf16"};  // behind an algorithm's name
constexpr std::int64_t kMaxTiles = 1 << 20;

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
  PlanReader reader(text.substr(1));
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

std::string to_text(const ConvolutionKey& key) { return plan_key_text(key); }

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
  for (const auto& [key, choice] : plan) text += plan_line(to_text(key), to_text(choice));
  return text;
}

ConvolutionPlan parse_plan(const std::string& text) {
  ConvolutionPlan plan;
  for_each_plan_line(text, [&](std::string_view key_text, std::string_view choice_text) {
    const auto key = parse_plan_key<ConvolutionKey>(key_text);
    if (!key) return false;
    const auto choice = parse_choice(choice_text, *key);
    if (choice) plan[*key] = *choice;
    return choice.has_value();
  });
  return plan;
}

}  // namespace c3d::cpu
