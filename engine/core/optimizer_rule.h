// How an optimizer moves a parameter, and which parameters it moves alike. Plain: included by .cu files.
#pragma once

#include <cstdint>

namespace c3d {

// How a parameter w with gradient g, rate r and decay d is moved. m, v, s: momentum, velocity, second moment.
//
//   sgd       v = m v + g + d w            w -= r v                  torch.optim.SGD
//   nesterov  v = m v + g + d w            w -= r (g + d w + m v)    the same with nesterov=True
//   caffe     v = m v + r (g + d w)        w -= v                    Caffe: the rate is inside the velocity
//   adamw     v = m v + (1 - m) g          s = b s + (1 - b) g g     torch.optim.AdamW, betas=(m, b)
//             w -= r (d w + (v / (1 - m^t)) / (sqrt(s / (1 - b^t)) + epsilon)), t = 1, 2 ...
enum class OptimizerRule : std::uint8_t { sgd, nesterov, caffe, adamw };

struct OptimizerRange {  // elements first .. last - 1 of the flat arrays
  std::int64_t first = 0, last = 0;
  float learning_rate_scale = 1, weight_decay_scale = 1;
  std::int64_t first_step = 0;  // that moved them, counted as begin_step()'s: adamw's t is 1 there
};

}  // namespace c3d
