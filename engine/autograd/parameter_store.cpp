#include "engine/autograd/parameter_store.h"

namespace c3d {
namespace {

constexpr std::int64_t kParameterAlignment = 64;  // elements: 256 bytes of f32
constexpr std::size_t kFilterRank = 5;            // K kd kh kw C

}  // namespace

ParameterId ParameterStore::declare(ParameterSpec spec) {
  expect(values_.bytes() == 0, "parameters: {} is declared after the memory was allocated", spec.name);
  for (const ParameterSpec& other : specs_) {
    expect(other.name != spec.name, "parameters: {} is declared twice", spec.name);
  }
  first_.push_back(elements_);
  elements_ += (spec.shape.count() + kParameterAlignment - 1) / kParameterAlignment * kParameterAlignment;
  specs_.push_back(std::move(spec));
  return {static_cast<std::int32_t>(specs_.size() - 1)};
}

void ParameterStore::allocate(Backend& backend, bool with_gradients) {
  expect(elements_ > 0, "parameters: none were declared");
  expect(values_.bytes() == 0, "parameters: memory is allocated already");
  const auto elements = static_cast<std::size_t>(elements_);
  values_ = backend.allocate(elements * size_of(DType::f32), MemoryKind::device);
  backend.zero(all_values());
  if (with_gradients) {
    gradients_ = backend.allocate(elements * size_of(DType::f32), MemoryKind::device);
    backend.zero(all_gradients());
  }
  if (compute_type(backend.precision()) == DType::bf16) {
    bf16_ = backend.allocate(elements * size_of(DType::bf16), MemoryKind::device);
  }
  std::int64_t filter_elements = 0;
  for (const ParameterSpec& spec : specs_) {
    if (spec.shape.rank() == kFilterRank) filter_elements += spec.shape.count();
  }
  backend.filters_declared(static_cast<std::size_t>(filter_elements) *
                           size_of(compute_type(backend.precision())));
  values_changed(backend);
}

void ParameterStore::values_changed(Backend& backend) {
  backend.parameters_changed(all_values(), all_bf16());
}

ParameterSpec& ParameterStore::spec(ParameterId id) { return specs_.at(static_cast<std::size_t>(id.index)); }

std::int64_t ParameterStore::first_element(ParameterId id) const {
  return first_.at(static_cast<std::size_t>(id.index));
}

Tensor ParameterStore::value(ParameterId id) const {
  return part(bf16_.bytes() > 0 ? all_bf16() : all_values(), id);
}

Tensor ParameterStore::master(ParameterId id) const { return part(all_values(), id); }

Tensor ParameterStore::gradient(ParameterId id) const { return part(all_gradients(), id); }

Tensor ParameterStore::all_values() const { return values_.tensor({elements_}, DType::f32); }

Tensor ParameterStore::all_gradients() const {
  return gradients_.bytes() == 0 ? Tensor() : gradients_.tensor({elements_}, DType::f32);
}

Tensor ParameterStore::all_bf16() const {
  return bf16_.bytes() == 0 ? Tensor() : bf16_.tensor({elements_}, DType::bf16);
}

std::size_t ParameterStore::bytes() const { return values_.bytes() + gradients_.bytes() + bf16_.bytes(); }

Tensor ParameterStore::part(const Tensor& flat, ParameterId id) const {
  const ParameterSpec& wanted = specs_.at(static_cast<std::size_t>(id.index));
  expect(!flat.empty(), "parameters: {} is wanted before its memory was allocated", wanted.name);
  return flat.rows(first_element(id), wanted.shape.count()).reshaped(wanted.shape);
}

}  // namespace c3d
