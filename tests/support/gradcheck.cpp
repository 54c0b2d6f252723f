#include "tests/support/gradcheck.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/op_run.h"

namespace c3d {
namespace {

constexpr double kDifference =
    1e-3;                            // in units of the input's root mean square, or of 1 where that is larger
constexpr double kTolerance = 2e-3;  // of the larger of the two, beside the rounding noise of the difference
constexpr std::size_t kTiny = 64;    // inputs of so many elements are checked one by one

double norm(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * value;
  return std::sqrt(sum);
}

struct Difference {
  double expected = 0;  // <gradient, step taken>
  double measured = 0;  // objective after minus before
};

// Moves an input by +direction and -direction and puts it back.
Difference central_difference(OpRun& run, std::size_t input, const std::vector<float>& gradient,
                              const std::vector<double>& direction) {
  const std::vector<float> start = run.input(input);
  std::vector<float> plus = start, minus = start;
  Difference result;
  for (std::size_t i = 0; i < start.size(); ++i) {
    plus[i] = static_cast<float>(start[i] + direction[i]);
    minus[i] = static_cast<float>(start[i] - direction[i]);
    result.expected += gradient[i] * (static_cast<double>(plus[i]) - static_cast<double>(minus[i]));
  }
  run.set_input(input, plus);
  run.forward();
  result.measured = run.objective();
  run.set_input(input, minus);
  run.forward();
  result.measured -= run.objective();
  run.set_input(input, start);
  return result;
}

std::string verdict(const Difference& difference, double noise) {
  const double allowed =
      noise + kTolerance * std::max(std::abs(difference.expected), std::abs(difference.measured));
  if (std::abs(difference.expected - difference.measured) <= allowed) return "";
  return fmt::format("the gradient says {:.6g}, the difference {:.6g} (allowed {:.2g})", difference.expected,
                     difference.measured, allowed);
}

}  // namespace

std::vector<GradcheckFailure> gradcheck(Backend& reference, const OpCase& op_case) {
  OpRun run(reference, op_case, Mode::train);
  run.forward();
  run.backward();
  // Each result is off by up to half a unit in its last place; so many independent ones add up as a random
  // walk.
  double noise = 0;
  for (const std::vector<float>& result : run.results()) {
    noise += 4 * std::numeric_limits<float>::epsilon() * norm(result);
  }
  std::vector<std::vector<float>> gradients(run.input_count());
  for (std::size_t input = 0; input < run.input_count(); ++input) {
    if (run.wants_gradient(input)) gradients[input] = run.gradient(input);
  }

  std::vector<GradcheckFailure> failures;
  const auto check = [&](std::size_t input, const std::vector<double>& direction, const std::string& where) {
    const std::string text = verdict(central_difference(run, input, gradients[input], direction), noise);
    if (!text.empty()) failures.push_back({op_case.inputs[input].name, where + ": " + text});
  };
  for (std::size_t input = 0; input < run.input_count(); ++input) {
    const std::vector<float>& gradient = gradients[input];
    if (gradient.empty()) continue;
    const std::size_t count = gradient.size();
    const double step =
        kDifference * std::min(1.0, norm(run.input(input)) / std::sqrt(static_cast<double>(count)));
    OpInput direction_of = op_case.inputs[input];
    direction_of.fill = Fill::normal;
    direction_of.scale = step;
    const std::vector<float> random = fill_input(direction_of, 77 + input);
    check(input, {random.begin(), random.end()}, "along a random direction");
    for (std::size_t i = 0; count <= kTiny && i < count; ++i) {
      std::vector<double> one(count);
      one[i] = 10 * step;
      check(input, one, fmt::format("element {}", i));
    }
  }
  return failures;
}

}  // namespace c3d
