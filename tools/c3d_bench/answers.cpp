#include "tools/c3d_bench/answers.h"

#include <algorithm>

namespace c3d {
namespace {

void add_logits(Backend& backend, ConstTensor logits, NamedTensors& answers) {
  const Tensor kept = answers.add("logits", logits.shape(), DType::f32);
  if (logits.type() == DType::f32) {
    backend.copy(logits, kept);
    backend.synchronize();
    return;
  }
  std::vector<BFloat16> narrow(static_cast<std::size_t>(logits.count()));
  backend.copy(logits, host_tensor(narrow.data(), logits.shape()));
  backend.synchronize();
  std::ranges::transform(narrow, kept.as<float>(), [](BFloat16 value) { return to_float(value); });
}

}  // namespace

NamedTensors compute_answers(Backend& backend, const AnswerChoice& choice, const NetInput& input) {
  NamedTensors answers;
  if (choice.gradients) {
    Net net(backend, Mode::train, input, 0.0f);
    net.compute_gradients();
    answers = net.gradients();
  }
  if (choice.logits) {
    Net net(backend, Mode::infer, input);
    net.infer();
    add_logits(backend, net.logits(), answers);
  }
  return answers;
}

}  // namespace c3d
