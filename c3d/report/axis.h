// Where an axis puts its ticks and what they say: steps of 1, 2 or 5 times a power of ten. Pure functions.
#pragma once

#include <string>
#include <vector>

namespace c3d {

struct Axis {
  double from = 0, to = 1;
  std::vector<double> ticks;
  double step = 1;

  double share(double value) const { return (value - from) / (to - from); }
};

// About `count` ticks between from and to. `widen` moves both ends outwards to the next tick.
Axis make_axis(double from, double to, int count, bool widen);

std::string tick_label(double value, double step);  // "0.25", "3", "12k"

}  // namespace c3d
