// Before a backend's first result is believed: every kind of op that C3D needs, on small tensors of the network's
// widths, through the same calls as everything else, beside the ops' definition. Wrong libraries, drivers or kernels
// built for another GPU become one clear error, never a wrong number. Products of the inputs
// are exact in every precision: what differs by more than the order of sums is a fault.
#pragma once

#include <string>
#include <vector>

#include "engine/core/backend.h"

namespace c3d::cuda {

struct CheckedOutput {
  std::string name;  // "the gradient of the filter of a convolution"
  std::vector<float> values;
};

// What the backend computes of the check's inputs. A few milliseconds of the reference's time.
std::vector<CheckedOutput> checked_outputs(Backend& backend);
// Error that names the backend and the first output that is too far from what is wanted of it.
void compare_outputs(const Backend& backend, const std::vector<CheckedOutput>& got,
                     const std::vector<CheckedOutput>& wanted);
// definition: the reference backend, of the same compute type.
void self_check(Backend& backend, Backend& definition);

}  // namespace c3d::cuda
