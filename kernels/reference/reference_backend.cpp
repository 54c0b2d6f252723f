#include "kernels/reference/reference_backend.h"

#include <chrono>
#include <cmath>
#include <cstring>
#include <new>

#include "engine/core/op_checks.h"
#include "kernels/reference/ops.h"

namespace c3d {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::align_val_t kAlignment{256};

Buffer host_buffer(std::size_t bytes) {
  auto* data = static_cast<std::byte*>(::operator new(bytes, kAlignment));
  return {data, bytes, Place::host, [](std::byte* memory) { ::operator delete(memory, kAlignment); }};
}

Clock::time_point time_of(const Mark& mark) {
  expect(mark.state != nullptr, "reference: this mark was never set");
  return *static_cast<const Clock::time_point*>(mark.state.get());
}

class ReferenceBackend final : public Backend {
 public:
  explicit ReferenceBackend(Precision precision) : precision_(precision) {
    expect(precision != Precision::tf32,
           "the reference backend computes in f32 or bf16: tf32 exists on CUDA devices only");
  }

  std::string description() const override {
    return fmt::format("reference: plain loops, 1 thread, {} storage, sums in double", to_string(precision_));
  }
  Precision precision() const override { return precision_; }
  BackendMemory memory() const override { return {.workspace_bytes = scratch_.bytes(), .packed_bytes = 0}; }

  Buffer allocate(std::size_t bytes, Place /*place*/) override { return host_buffer(bytes); }
  void copy(ConstTensor from, Tensor to) override {
    op_checks::copy(from, to);
    if (from.bytes() > 0) std::memmove(to.data(), from.data(), from.bytes());
  }
  void zero(Tensor values) override {
    if (values.bytes() > 0) std::memset(values.data(), 0, values.bytes());
  }
  // Every call has finished when it returns: the queue is always empty.
  void synchronize() override {}
  Mark mark() override { return {std::make_shared<Clock::time_point>(Clock::now())}; }
  double milliseconds(const Mark& from, const Mark& to) override {
    return std::chrono::duration<double, std::milli>(time_of(to) - time_of(from)).count();
  }
  bool reached(const Mark& mark) override { return time_of(mark) <= Clock::now(); }
  void wait(const Mark& mark) override { static_cast<void>(time_of(mark)); }
  void begin_step(const StepScalars& scalars) override { step_ = scalars; }
  void parameters_changed(ConstTensor values, Tensor bf16_copy) override {
    op_checks::parameters_changed(values, bf16_copy);
    if (!bf16_copy.empty()) reference::round_to_bf16(values, bf16_copy);
  }

  void conv3d_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
                      ConstTensor bias, Tensor y) override {
    op_checks::conv3d_forward(type(), conv, x, filter, bias, y);
    reference::conv3d_forward(conv, activation, x, filter, bias, y);
  }
  void conv3d_backward_data(const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy,
                            Tensor dx) override {
    op_checks::conv3d_backward_data(type(), conv, filter, dy, dx);
    reference::conv3d_backward_data(conv, filter, dy, dx);
  }
  void conv3d_backward_filter(const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy, Tensor dfilter,
                              Tensor dbias) override {
    op_checks::conv3d_backward_filter(type(), conv, x, dy, dfilter, dbias);
    reference::conv3d_backward_filter(conv, x, dy, dfilter, dbias);
  }

  void max_pool3d_forward(const Pool3dGeometry& pool, ConstTensor x, Tensor y, Tensor argmax_u8) override {
    op_checks::max_pool3d_forward(type(), pool, x, y, argmax_u8);
    reference::max_pool3d_forward(pool, x, y, argmax_u8);
  }
  void max_pool3d_backward(const Pool3dGeometry& pool, ConstTensor argmax_u8, ConstTensor dy,
                           Tensor dx) override {
    op_checks::max_pool3d_backward(type(), pool, argmax_u8, dy, dx);
    reference::max_pool3d_backward(pool, argmax_u8, dy, dx);
  }

  void linear_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias,
                      Tensor y) override {
    op_checks::linear_forward(type(), x, weight, bias, y);
    reference::linear_forward(activation, x, weight, bias, y);
  }
  void linear_backward(ConstTensor x, ConstTensor weight, ConstTensor dy, Tensor dx, Tensor dweight,
                       Tensor dbias) override {
    op_checks::linear_backward(type(), x, weight, dy, dx, dweight, dbias);
    reference::linear_backward(x, weight, dy, dx, dweight, dbias);
  }

  void relu_forward(ConstTensor x, Tensor y) override {
    op_checks::relu_forward(type(), x, y);
    reference::relu_forward(x, y);
  }
  void relu_backward(ConstTensor y, Tensor dy_in_place) override {
    op_checks::relu_backward(type(), y, dy_in_place);
    reference::relu_backward(y, dy_in_place);
  }

  void dropout(std::uint32_t op, float drop_probability, ConstTensor x, Tensor y) override {
    op_checks::dropout(type(), drop_probability, x, y);
    reference::dropout(step_, op, drop_probability, x, y);
  }

  void softmax_cross_entropy_forward(float label_smoothing, ConstTensor logits, ConstTensor labels_i32,
                                     Tensor probabilities, Tensor losses) override {
    op_checks::softmax_cross_entropy_forward(type(), logits, labels_i32, probabilities, losses);
    reference::softmax_cross_entropy_forward(label_smoothing, logits, labels_i32, probabilities, losses);
  }
  void softmax_cross_entropy_backward(float label_smoothing, ConstTensor probabilities,
                                      ConstTensor labels_i32, Tensor dlogits) override {
    op_checks::softmax_cross_entropy_backward(type(), probabilities, labels_i32, dlogits);
    reference::softmax_cross_entropy_backward(step_.loss_scale, label_smoothing, probabilities, labels_i32,
                                              dlogits);
  }

  void normalize_clip(const Normalisation& normalisation, ConstTensor frames_u8, ConstTensor mean,
                      ConstTensor crops_i32, Tensor x) override {
    op_checks::normalize_clip(type(), frames_u8, mean, crops_i32, x);
    reference::normalize_clip(normalisation, frames_u8, mean, crops_i32, x);
  }

  void accumulate(ConstTensor x, Tensor y_in_place) override {
    op_checks::accumulate(x, y_in_place);
    reference::accumulate(x, y_in_place);
  }

  void sgd_step(const SgdStep& sgd, Tensor parameters_in_place, ConstTensor gradients,
                Tensor velocity_in_place, Tensor bf16_copy) override {
    op_checks::sgd_step(sgd, parameters_in_place, gradients, velocity_in_place, bf16_copy);
    reference::sgd_step(sgd, step_.learning_rate, parameters_in_place, gradients, velocity_in_place,
                        bf16_copy);
  }
  void sum_of_squares(ConstTensor values, Tensor scalar) override {
    op_checks::sum_of_squares(values, scalar);
    reference::sum_of_squares(values, scalar);
  }

 protected:
  Tensor scratch(const Shape& shape, DType scratch_type) override {
    const std::size_t bytes = static_cast<std::size_t>(shape.count()) * size_of(scratch_type);
    if (bytes > scratch_.bytes()) scratch_ = host_buffer(bytes);
    return scratch_.tensor(shape, scratch_type);
  }

 private:
  DType type() const { return compute_type(precision_); }

  Precision precision_;
  StepScalars step_;
  Buffer scratch_;
};

}  // namespace

std::unique_ptr<Backend> make_reference_backend(Precision precision) {
  return std::make_unique<ReferenceBackend>(precision);
}

}  // namespace c3d
