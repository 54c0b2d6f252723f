// When a label raises an alert: its probability has been above its threshold for the hold, and its last alert
// is further back than the cool-down. Knows no clock but the seconds that it is told. One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "c3d/live.h"

namespace c3d {

class AlertWatch {
 public:
  // Error: a label that is none of `labels`, with the nearest, or is named twice; a threshold out of 0 to 1; a
  // hold or cool-down below 0.
  AlertWatch(const LiveOptions& options, const std::vector<std::string>& labels);

  struct Raised {
    std::size_t label = 0;  // of the network's
    double held_seconds = 0;
  };
  // Of a window whose last frame came at `seconds`, of a clock that never goes back.
  std::vector<Raised> next(double seconds, std::span<const float> probabilities);
  // The stream was lost: what was above its threshold has not been since.
  void interrupt();

 private:
  struct Rule {
    std::size_t label;
    double threshold;
    std::optional<double> above_since, raised;  // seconds
  };
  double hold_, cooldown_;
  std::vector<Rule> rules_;
};

// "fall:0.8", "a:0.8,b:0.5": a label ends before the last colon that a number follows up to a comma or the
// end. Error: not of this form, or a threshold out of 0 to 1.
std::vector<LiveAlertRule> parse_alerts(const std::string& text);

}  // namespace c3d
