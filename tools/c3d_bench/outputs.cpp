#include "tools/c3d_bench/outputs.h"

#include <algorithm>

namespace c3d {
namespace {

void add_logits(Backend& backend, ConstTensor logits, NamedTensors& outputs) {
  const Tensor kept = outputs.add("logits", logits.shape(), DType::f32);
  if (logits.type() == DType::f32) {
    backend.copy(logits, kept);
    backend.synchronize();
    return;
  }
  std::vector<BFloat16> rounded(static_cast<std::size_t>(logits.count()));
  backend.copy(logits, host_tensor(rounded.data(), logits.shape()));
  backend.synchronize();
  std::ranges::transform(rounded, kept.as<float>(), [](BFloat16 value) { return to_float(value); });
}

}  // namespace

NamedTensors compute_outputs(Backend& backend, const OutputChoice& choice, const NetInput& input) {
  NamedTensors outputs;
  if (choice.gradients) {
    Net net(backend, Mode::train, input, 0.0f);
    net.compute_gradients();
    outputs = net.gradients();
  }
  if (choice.logits) {
    Net net(backend, Mode::infer, input);
    net.infer();
    add_logits(backend, net.logits(), outputs);
  }
  return outputs;
}

}  // namespace c3d
