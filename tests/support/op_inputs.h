// What goes into an op case, and the numbers it is filled with. Everything random is drawn from Philox, so
// that a case has the same numbers on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/shape.h"

namespace c3d {

enum class InputKind : std::uint8_t {
  value,             // compute type, its gradient is wanted
  data,              // compute type, its gradient is not wanted
  parameter,         // f32 in a ParameterStore
  frozen_parameter,  // the same, not trained
  frames,            // u8
  integers,          // i32: labels, crops
  constant           // f32, no value on the tape: a mean
};

enum class Fill : std::uint8_t {
  normal,     // mean 0, standard deviation `scale`
  separated,  // a shuffle of distinct values of either sign, 0.1 apart and never 0: no comparison is close
  integers,   // -1, 0 or 1: sums are exact in every precision, and ties are many
  halves,     // an integer plus a half: as the bias of integers it keeps every sum away from 0
  bytes,      // 0 .. 255
  listed      // exactly `values`
};

struct OpInput {
  std::string name;
  Shape shape;
  InputKind kind = InputKind::value;
  Fill fill = Fill::normal;
  double scale = 1;
  std::int64_t valid_channels = 0;       // of the last axis, the others are zero; 0: all
  std::vector<float> values = {};        // for Fill::listed
  std::vector<std::size_t> nan_at = {};  // elements that become NaN after all that
};

std::vector<float> fill_input(const OpInput& input, std::uint64_t seed);

}  // namespace c3d
