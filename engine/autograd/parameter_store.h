// The parameters of a model: flat arrays of equal length, one owner. The optimizer is one kernel over them, a
// checkpoint one write. Declare all, allocate once, then hand out views; each parameter starts on a 256-byte
// boundary (64 elements), and the elements between two parameters are zero and stay zero.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/backend.h"

namespace c3d {

struct ParameterSpec {
  std::string name;
  Shape shape;
  float learning_rate_scale = 1, weight_decay_scale = 1;
  bool trainable = true;  // false: no gradient is computed and the optimizer leaves it alone
};

struct ParameterId {
  std::int32_t index = -1;
};

class ParameterStore {
 public:
  ParameterId declare(ParameterSpec spec);  // before allocate(); names are unique
  // Inference needs no gradients. The bf16 copy is kept where the backend computes in bf16. Everything starts
  // at zero.
  void allocate(Backend& backend, bool with_gradients);
  // After writing to all_values(): refreshes the bf16 copy and what the backend packed.
  void values_changed(Backend& backend);

  std::size_t size() const { return specs_.size(); }
  std::span<const ParameterSpec> specs() const { return specs_; }
  // Before any tape is recorded: `freeze`, per-layer learning rates.
  ParameterSpec& spec(ParameterId id);
  std::int64_t first_element(ParameterId id) const;  // in the flat arrays
  std::int64_t element_count() const { return elements_; }

  Tensor value(ParameterId id) const;   // what the ops compute with: f32, or the bf16 copy
  Tensor master(ParameterId id) const;  // f32
  Tensor gradient(ParameterId id) const;
  Tensor all_values() const;     // f32 [elements]
  Tensor all_gradients() const;  // f32 [elements], empty in inference
  Tensor all_bf16() const;       // bf16 [elements], empty in f32
  std::size_t bytes() const;     // of all arrays together

 private:
  Tensor part(const Tensor& flat, ParameterId id) const;

  std::vector<ParameterSpec> specs_;
  std::vector<std::int64_t> first_;
  std::int64_t elements_ = 0;
  Buffer values_, gradients_, bf16_;
};

}  // namespace c3d
