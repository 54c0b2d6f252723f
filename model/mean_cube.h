// A mean cube: a mean of every place of a clip. Its order in files is [3,D,H,W]; that of Preprocessing is
// [D,H,W,3]. Both have the network's colour order.
#pragma once

#include <memory>
#include <vector>

#include "engine/core/tensor.h"

namespace c3d {

std::shared_ptr<const std::vector<float>> cube_from_file_order(ConstTensor cube);
void cube_to_file_order(const std::vector<float>& ours, Tensor cube);

}  // namespace c3d
