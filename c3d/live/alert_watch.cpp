#include "c3d/live/alert_watch.h"

#include <algorithm>
#include <cstdlib>

#include "c3d/inference/label_selection.h"
#include "engine/core/argument.h"

namespace c3d {
namespace {

void check_threshold(const LiveAlertRule& rule) {
  expect_argument(rule.threshold >= 0 && rule.threshold <= 1,
                  "the alert of '{}' at {:g}: a threshold is from 0 to 1", rule.label, rule.threshold);
}

// The number that all of `text` is.
std::optional<double> number(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789.eE+-") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0') return std::nullopt;
  return value;
}

struct FoundRule {
  std::size_t colon = 0, end = 0;
  double threshold = 0;
};

// The rule of `text` that begins at `begin`: to the first comma, or the end, before which a colon and a number
// stand.
std::optional<FoundRule> find_rule(const std::string& text, std::size_t begin) {
  for (std::size_t end = begin; end < text.size();) {
    end = std::min(text.find(',', end + 1), text.size());
    const std::size_t colon = text.rfind(':', end - 1);
    if (colon == std::string::npos || colon <= begin) continue;
    const std::optional<double> threshold = number(text.substr(colon + 1, end - colon - 1));
    if (threshold) return FoundRule{colon, end, *threshold};
  }
  return std::nullopt;
}

}  // namespace

std::vector<LiveAlertRule> parse_alerts(const std::string& text) {
  std::vector<LiveAlertRule> rules;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::optional<FoundRule> found = find_rule(text, begin);
    if (!found) fail_argument("'{}' is no alert: write LABEL:THRESHOLD, as fall:0.8", text.substr(begin));
    rules.push_back({text.substr(begin, found->colon - begin), found->threshold});
    check_threshold(rules.back());
    begin = found->end + 1;
  }
  return rules;
}

AlertWatch::AlertWatch(const LiveOptions& options, const std::vector<std::string>& labels)
    : hold_(options.alert_hold), cooldown_(options.alert_cooldown) {
  expect_argument(hold_ >= 0 && cooldown_ >= 0,
                  "an alert is held for {:g} seconds and cools down for {:g}: neither is less than 0", hold_,
                  cooldown_);
  for (const LiveAlertRule& rule : options.alerts) {
    const std::string unknown = unknown_label(rule.label, labels);
    expect_argument(!rule.label.empty() && unknown.empty(), "{}",
                    Lines{unknown.empty() ? "an alert without a label" : unknown});
    check_threshold(rule);
    const auto label = static_cast<std::size_t>(std::ranges::find(labels, rule.label) - labels.begin());
    const bool twice = std::ranges::any_of(rules_, [&](const Rule& other) { return other.label == label; });
    expect_argument(!twice, "the label '{}' has two alerts; leave one out", rule.label);
    rules_.push_back({label, rule.threshold, std::nullopt, std::nullopt});
  }
}

std::vector<AlertWatch::Raised> AlertWatch::next(double seconds, std::span<const float> probabilities) {
  std::vector<Raised> raised;
  for (Rule& rule : rules_) {
    if (!(static_cast<double>(probabilities[rule.label]) > rule.threshold)) {
      rule.above_since.reset();
      continue;
    }
    if (!rule.above_since) rule.above_since = seconds;
    const double held = seconds - *rule.above_since;
    if (held < hold_ || (rule.raised && seconds - *rule.raised < cooldown_)) continue;
    rule.raised = seconds;
    raised.push_back({rule.label, held});
  }
  return raised;
}

void AlertWatch::interrupt() {
  for (Rule& rule : rules_) rule.above_since.reset();
}

}  // namespace c3d
