// Between the ParameterStore's layout and the one frameworks store: names `conv1.weight` [K,C,kd,kh,kw] ...
// `fc8.bias`, fc6's columns in C D H W order, no padding channels. The only place that knows N C D H W. Also
// moves what has the parameters' layout, such as the velocity.
#pragma once

#include "engine/io/named_tensors.h"
#include "model/c3d.h"

namespace c3d {

// All parameters as host f32 tensors in PyTorch's names, order and shapes. `flat`: the store's all_values()
// or an array like it, on any device.
NamedTensors export_parameters(const C3d& model, const ParameterStore& parameters, Backend& backend,
                               ConstTensor flat);

// Throws the Error that import_parameters would, before memory is taken for these tensors.
void check_parameters(const C3d& model, const ParameterStore& parameters, const NamedTensors& tensors,
                      const std::vector<std::string>& skip = {});

// The other way; a missing, extra or misshapen tensor is an error that names it with both shapes, except the
// layers in `skip` (fc8 of another class count), which keep their values. Does not call values_changed().
void import_parameters(const C3d& model, const ParameterStore& parameters, Backend& backend,
                       const NamedTensors& tensors, Tensor flat, const std::vector<std::string>& skip = {});

}  // namespace c3d
