// Starting values, from Philox of (seed, parameter, element): the same on every backend and thread count.
// Padding channels of conv1 stay zero.
#pragma once

#include <cstdint>

#include "model/c3d.h"

namespace c3d {

// Layer names in `layers` only, or all of them if empty. Writes the f32 values and refreshes the backend's
// copies.
void initialize(const C3d& model, ParameterStore& parameters, Backend& backend, Initialization initialization,
                std::uint64_t seed, const std::vector<std::string>& layers = {});

}  // namespace c3d
