#include "kernels/reference/reference_backend.h"

#include <chrono>
#include <cmath>
#include <cstring>
#include <new>

#include "kernels/reference/ops.h"

namespace c3d {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::align_val_t kAlignment{256};

Clock::time_point time_of(const Event& event) {
  expect(event.state != nullptr, "reference: this event was never recorded");
  return *static_cast<const Clock::time_point*>(event.state.get());
}

class ReferenceBackend final : public Backend {
 public:
  explicit ReferenceBackend(Precision precision) : precision_(precision) {
    expect(precision != Precision::tf32,
           "the reference backend computes in f32, bf16 or fp8: tf32 exists on CUDA devices only");
  }

  std::string description() const override {
    return fmt::format("reference: plain loops, 1 thread, {} storage, sums in double", to_string(precision_));
  }
  Precision precision() const override { return precision_; }
  BackendMemory memory() const override { return {.workspace_bytes = scratch_.bytes(), .packed_bytes = 0}; }

  Buffer allocate(std::size_t bytes, MemoryKind /*kind*/) override {
    auto* data = static_cast<std::byte*>(::operator new(bytes, kAlignment));
    return {data, bytes, MemoryKind::host, [](std::byte* memory) { ::operator delete(memory, kAlignment); }};
  }
  void zero(Tensor values) override {
    if (values.bytes() > 0) std::memset(values.data(), 0, values.bytes());
  }
  // Every call has finished when it returns: the queue is always empty.
  void synchronize() override {}
  Event record_event() override { return {std::make_shared<Clock::time_point>(Clock::now())}; }
  double milliseconds(const Event& from, const Event& to) override {
    return std::chrono::duration<double, std::milli>(time_of(to) - time_of(from)).count();
  }
  bool reached(const Event& event) override { return time_of(event) <= Clock::now(); }
  void wait(const Event& event) override { static_cast<void>(time_of(event)); }
  void begin_step(const StepScalars& scalars) override { step_ = scalars; }

 private:
  void do_copy(ConstTensor from, Tensor to) override {
    if (from.bytes() > 0) std::memmove(to.data(), from.data(), from.bytes());
  }
  void do_parameters_changed(ConstTensor values, Tensor bf16_copy) override {
    if (!bf16_copy.empty()) reference::round_to_bf16(values, bf16_copy);
  }

  void do_conv3d_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
                         ConstTensor bias, Tensor y) override {
    reference::conv3d_forward(conv, activation, x, filter, bias, y);
  }
  void do_conv3d_backward_data(const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy,
                               Tensor dx) override {
    reference::conv3d_backward_data(conv, filter, dy, dx);
  }
  void do_conv3d_backward_filter(const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy, Tensor dfilter,
                                 Tensor dbias) override {
    reference::conv3d_backward_filter(conv, x, dy, dfilter, dbias);
  }

  void do_max_pool3d_forward(const Pool3dGeometry& pool, ConstTensor x, Tensor y, Tensor argmax_u8) override {
    reference::max_pool3d_forward(pool, x, y, argmax_u8);
  }
  void do_max_pool3d_backward(const Pool3dGeometry& pool, ConstTensor argmax_u8, ConstTensor dy,
                              Tensor dx) override {
    reference::max_pool3d_backward(pool, argmax_u8, dy, dx);
  }

  void do_conv3d_max_pool3d_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                    ConstTensor filter, ConstTensor bias, Tensor y,
                                    Tensor argmax_u8) override {
    reference::conv3d_max_pool3d_forward(conv, pool, x, filter, bias, y, argmax_u8, scratch_);
  }
  void do_conv3d_max_pool3d_backward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                     ConstTensor filter, ConstTensor argmax_u8, ConstTensor y, ConstTensor dy,
                                     Tensor dx, Tensor dfilter, Tensor dbias) override {
    reference::conv3d_max_pool3d_backward(conv, pool, x, filter, argmax_u8, y, dy, dx, dfilter, dbias,
                                          scratch_);
  }

  void do_linear_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias,
                         Tensor y) override {
    reference::linear_forward(activation, x, weight, bias, y);
  }
  void do_linear_backward(ConstTensor x, ConstTensor weight, ConstTensor dy, Tensor dx, Tensor dweight,
                          Tensor dbias) override {
    reference::linear_backward(x, weight, dy, dx, dweight, dbias);
  }

  void do_conv3d_e4m3_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x,
                              ConstTensor filter, ConstTensor factors, ConstTensor bias, Tensor y) override {
    reference::conv3d_e4m3_forward(conv, activation, x, filter, factors, bias, y);
  }
  void do_linear_e4m3_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor factors,
                              ConstTensor bias, Tensor y) override {
    reference::linear_e4m3_forward(activation, x, weight, factors, bias, y);
  }
  void do_conv3d_max_pool3d_to_e4m3_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                                            ConstTensor x, ConstTensor filter, ConstTensor bias, float factor,
                                            Tensor y) override {
    reference::conv3d_max_pool3d_to_e4m3_forward(conv, pool, x, filter, bias, factor, y, scratch_);
  }
  void do_e4m3_values(float scale, ConstTensor x, Tensor y) override { reference::e4m3_values(scale, x, y); }

  void do_relu_forward(ConstTensor x, Tensor y) override { reference::relu_forward(x, y); }
  void do_relu_backward(ConstTensor y, Tensor dy_in_place) override {
    reference::relu_backward(y, dy_in_place);
  }

  void do_dropout(std::uint32_t op, float drop_probability, ConstTensor x, Tensor y) override {
    reference::dropout(step_, op, drop_probability, x, y);
  }

  void do_softmax_cross_entropy_forward(const CrossEntropyRule& rule, ConstTensor logits,
                                        const CrossEntropyTargets& targets, Tensor probabilities,
                                        Tensor losses) override {
    reference::softmax_cross_entropy_forward(rule, logits, targets, probabilities, losses);
  }
  void do_softmax_cross_entropy_backward(const CrossEntropyRule& rule, ConstTensor probabilities,
                                         const CrossEntropyTargets& targets, Tensor dlogits) override {
    reference::softmax_cross_entropy_backward(step_.loss_scale, rule, probabilities, targets, dlogits);
  }
  void do_sigmoid_cross_entropy_forward(ConstTensor positive_weights, ConstTensor logits, ConstTensor targets,
                                        Tensor probabilities, Tensor losses) override {
    reference::sigmoid_cross_entropy_forward(positive_weights, logits, targets, probabilities, losses);
  }
  void do_sigmoid_cross_entropy_backward(ConstTensor positive_weights, ConstTensor probabilities,
                                         ConstTensor targets, Tensor dlogits) override {
    reference::sigmoid_cross_entropy_backward(step_.loss_scale, positive_weights, probabilities, targets,
                                              dlogits);
  }

  void do_normalize_clip(const Normalization& normalization, ConstTensor frames_u8, ConstTensor mean,
                         ConstTensor crops_i32, Tensor x) override {
    reference::normalize_clip(normalization, frames_u8, mean, crops_i32, x);
  }

  void do_accumulate(ConstTensor x, Tensor y_in_place) override { reference::accumulate(x, y_in_place); }

  void do_optimizer_step(const OptimizerStep& step, const OptimizerArrays& arrays) override {
    reference::optimizer_step(step_, step, arrays);
  }
  void do_sum_of_squares(ConstTensor values, Tensor scalar) override {
    reference::sum_of_squares(values, scalar);
  }

  Precision precision_;
  StepScalars step_;
  reference::FusedScratch scratch_;
};

}  // namespace

std::unique_ptr<Backend> make_reference_backend(Precision precision) {
  return std::make_unique<ReferenceBackend>(precision);
}

}  // namespace c3d
