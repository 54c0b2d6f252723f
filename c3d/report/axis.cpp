#include "c3d/report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace c3d {

Axis make_axis(double from, double to, int count, bool widen) {
  if (!(to > from)) to = from + 1;
  const double rough = (to - from) / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double lead = rough / power;
  Axis axis;
  axis.step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
  // A thousandth of a step of slack, so that rounding neither adds a tick nor loses one.
  const double first = widen ? std::floor(from / axis.step + 1e-3) : std::ceil(from / axis.step - 1e-3);
  const double last = widen ? std::ceil(to / axis.step - 1e-3) : std::floor(to / axis.step + 1e-3);
  for (double i = first; i <= last; i += 1) axis.ticks.push_back(i * axis.step);
  axis.from = widen ? first * axis.step : from;
  axis.to = widen ? last * axis.step : to;
  return axis;
}

std::string tick_label(double value, double step) {
  if (value == 0) return "0";
  if (step >= 1e6) return fmt::format("{:g}M", value / 1e6);
  if (step >= 1e3) return fmt::format("{:g}k", value / 1e3);
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  return decimals > 6 ? fmt::format("{:.3g}", value) : fmt::format("{:.{}f}", value, decimals);
}

}  // namespace c3d
