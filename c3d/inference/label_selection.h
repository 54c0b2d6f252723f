// Which labels are told of a video, a clip or a moment.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace c3d {

struct LabelSelection {
  std::vector<std::pair<int, double>> labels;  // class and probability
  std::size_t shown = 0;                       // how many of them, the first ones, are said to be there
};

// Without thresholds, of a network that tells one class: the `top` likeliest, of which the first is there.
// With one for each class: those above theirs, the likeliest first, and behind them the likeliest others,
// until there are `top`.
LabelSelection select_labels(std::span<const double> probabilities, std::span<const double> thresholds,
                             std::size_t top);

// Empty: there is such a label, or the name is empty. Else what to say of it, with the nearest.
std::string unknown_label(const std::string& name, const std::vector<std::string>& labels);

}  // namespace c3d
