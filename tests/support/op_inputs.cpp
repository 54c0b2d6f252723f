#include "tests/support/op_inputs.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "engine/core/error.h"
#include "engine/core/philox.h"

namespace c3d {
namespace {

// Fisher and Yates.
void shuffle(std::vector<float>& values, std::uint64_t seed) {
  for (std::size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[philox(seed, i, 1).word[0] % i]);
  }
}

// Box and Muller.
double normal_number(const PhiloxBlock& random) {
  const double radius = std::sqrt(-2 * std::log(1 - static_cast<double>(uniform_float(random.word[0]))));
  return radius * std::cos(2 * std::numbers::pi * static_cast<double>(uniform_float(random.word[1])));
}

double filled(const OpInput& input, std::size_t i, std::size_t count, const PhiloxBlock& random) {
  const std::size_t middle = count / 2;
  switch (input.fill) {
    case Fill::normal:
      return input.scale * normal_number(random);
    case Fill::separated:
      return input.scale * 0.1 * (static_cast<double>(i) + 0.5 - static_cast<double>(middle));
    case Fill::integers:
      return random.word[0] % 3 - 1.0;
    case Fill::halves:
      return random.word[0] % 3 - 0.5;
    case Fill::bytes:
      return random.word[0] % 256;
    case Fill::listed:
      return static_cast<double>(input.values.at(i));
  }
  return 0;
}

}  // namespace

std::vector<float> fill_input(const OpInput& input, std::uint64_t seed) {
  const auto count = static_cast<std::size_t>(input.shape.count());
  expect(input.fill != Fill::listed || input.values.size() == count,
         "op case: {} wants {} values, {} are listed", input.name, count, input.values.size());
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>(filled(input, i, count, philox(seed, i, 0)));
  }
  if (input.fill == Fill::separated) shuffle(values, seed);
  if (input.valid_channels > 0) {
    const auto channels = static_cast<std::size_t>(input.shape[input.shape.rank() - 1]);
    for (std::size_t i = 0; i < count; ++i) {
      if (i % channels >= static_cast<std::size_t>(input.valid_channels)) values[i] = 0;
    }
  }
  for (const std::size_t i : input.nan_at) values.at(i) = std::numeric_limits<float>::quiet_NaN();
  return values;
}

}  // namespace c3d
