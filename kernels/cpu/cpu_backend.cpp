#include "kernels/cpu/cpu_backend.h"

#include <algorithm>
#include <chrono>

#include "engine/core/usable_threads.h"
#include "kernels/cpu/convolution/convolutions.h"
#include "kernels/cpu/eight_bit/rounded_ops.h"
#include "kernels/cpu/elementwise/loops.h"
#include "kernels/cpu/isa/kernel_sets.h"
#include "kernels/cpu/isa/multiply_add_rate.h"
#include "kernels/cpu/linear/linear.h"
#include "kernels/cpu/memory/beside_team.h"
#include "kernels/cpu/memory/workspace.h"

namespace c3d {
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point time_of(const Event& event) {
  expect(event.state != nullptr, "cpu: this event was never recorded");
  return *static_cast<const Clock::time_point*>(event.state.get());
}

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(const CpuOptions& options)
      : precision_(options.precision),
        threads_(options.threads > 0 ? options.threads : usable_threads()),
        kernels_(cpu::kernel_set(options.instruction_set)),
        convolutions_(product_type(),
                      {.kernels = &kernels_,
                       .threads = threads_,
                       .direct = options.direct_convolution,
                       .bf16_products = options.bf16_products,
                       .inference = options.inference,
                       .measure = options.measure,
                       .max_filter_bytes = options.max_packed_bytes},
                      workspace_),
        rounded_(convolutions_, linear_team(), workspace_),
        measures_(options.measure),
        directions_(options.inference ? 1 : 2) {}

  std::string description() const override {
    return fmt::format("cpu: {}{}, {} thread{}{}", kernels_.name,
                       kernels_.bf16 != nullptr ? " with bf16" : "", threads_, threads_ == 1 ? "" : "s",
                       rounds() ? ", fp8 emulated by products of f32" : "");
  }
  Precision precision() const override { return precision_; }
  BackendMemory memory() const override {
    return {.workspace_bytes = workspace_.bytes() + rounded_.bytes(),
            .packed_bytes = convolutions_.filters().bytes(),
            .max_packed_bytes = convolutions_.filters().max_bytes()};
  }

  Buffer allocate(std::size_t bytes, MemoryKind /*kind*/) override {
    return {cpu::allocate_aligned(bytes).release(), bytes, MemoryKind::host, [this, bytes](std::byte* data) {
              convolutions_.filters().freed(data, bytes);
              cpu::FreeAligned()(data);
            }};
  }
  void zero(Tensor values) override {
    cpu::zero_bytes(threads_, values.data(), values.bytes());
    convolutions_.filters().overwritten(values.data(), values.bytes());
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
  void filters_declared(std::size_t bytes) override { convolutions_.filters().declare(bytes, directions_); }

  void run_beside(int threads, const std::function<void(int)>& body) override {
    cpu::run_as_team(threads, body);
  }

  bool measures() const override { return measures_; }
  std::string plan() const override { return to_text(convolutions_.plan()); }
  void add_plan(const std::string& lines) override { convolutions_.add_plan(cpu::parse_plan(lines)); }
  void on_measured(const MeasuredHook& hook) override { convolutions_.on_measured(hook); }
  std::string last_choice() const override { return convolutions_.last_choice(); }
  Multiplications last_multiplications() const override { return convolutions_.last_multiplications(); }
  double measure_multiply_adds(DType type) override {
    if (type == DType::f32) return cpu::multiply_add_rate(kernels_.f32, threads_);
    if (type != DType::bf16 || kernels_.bf16 == nullptr) return 0;
    return cpu::multiply_add_rate(*kernels_.bf16, threads_);
  }

 private:
  void do_copy(ConstTensor from, Tensor to) override {
    cpu::copy_bytes(threads_, from.data(), to.data(), from.bytes());
    convolutions_.filters().overwritten(to.data(), to.bytes());
  }
  void do_parameters_changed(ConstTensor values, Tensor bf16_copy) override {
    if (!bf16_copy.empty()) cpu::round_to_bf16(loops(), values, bf16_copy);
    convolutions_.filters().parameters_changed();
  }

  void do_conv3d_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
                         ConstTensor bias, Tensor y) override {
    if (rounds()) return rounded_.conv3d(conv, activation, x, filter, bias, y);
    convolutions_.forward(conv, activation, x, filter, bias, y);
  }
  void do_conv3d_backward_data(const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy,
                               Tensor dx) override {
    convolutions_.backward_data(conv, filter, dy, dx);
  }
  void do_conv3d_backward_filter(const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy, Tensor dfilter,
                                 Tensor dbias) override {
    if (!dfilter.empty()) convolutions_.backward_filter(conv, x, dy, dfilter);
    if (!dbias.empty()) convolutions_.backward_bias({}, dy, dbias);
  }

  void do_max_pool3d_forward(const Pool3dGeometry& pool, ConstTensor x, Tensor y, Tensor argmax_u8) override {
    if (x.type() == DType::e4m3) return rounded_.max_pool3d_e4m3(pool, x, y);
    cpu::max_pool(loops(), pool, Activation::none, x, y, argmax_u8);
  }
  void do_max_pool3d_backward(const Pool3dGeometry& pool, ConstTensor argmax_u8, ConstTensor dy,
                              Tensor dx) override {
    cpu::max_pool_backward(loops(), pool, argmax_u8, {}, dy, dx);
  }

  void do_conv3d_max_pool3d_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                    ConstTensor filter, ConstTensor bias, Tensor y,
                                    Tensor argmax_u8) override {
    if (rounds()) {
      expect(argmax_u8.empty(), "cpu: positions of maxima are for gradients, which fp8 does not have");
      return rounded_.conv3d_max_pool3d(conv, pool, x, filter, bias, 1, y);
    }
    convolutions_.forward_pooled(conv, pool, x, filter, bias, y, argmax_u8);
  }
  void do_conv3d_max_pool3d_backward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                     ConstTensor filter, ConstTensor argmax_u8, ConstTensor y, ConstTensor dy,
                                     Tensor dx, Tensor dfilter, Tensor dbias) override {
    if (!dbias.empty()) convolutions_.backward_bias(y, dy, dbias);
    convolutions_.backward_pooled(conv, pool, x, filter, argmax_u8, y, dy, dx, dfilter);
  }

  void do_linear_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias,
                         Tensor y) override {
    if (rounds()) return rounded_.linear(activation, x, weight, bias, y);
    cpu::linear(linear_team(), workspace_, activation, x, weight, bias, y);
  }
  void do_linear_backward(ConstTensor x, ConstTensor weight, ConstTensor dy, Tensor dx, Tensor dweight,
                          Tensor dbias) override {
    if (!dx.empty()) cpu::linear_backward_data(linear_team(), workspace_, weight, dy, dx);
    if (!dweight.empty()) cpu::linear_backward_weight(linear_team(), workspace_, x, dy, dweight);
    if (!dbias.empty()) cpu::linear_backward_bias(dy, dbias);
  }

  void do_conv3d_e4m3_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x,
                              ConstTensor filter, ConstTensor factors, ConstTensor bias, Tensor y) override {
    rounded_.conv3d_e4m3(conv, activation, x, filter, factors, bias, y);
  }
  void do_linear_e4m3_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor factors,
                              ConstTensor bias, Tensor y) override {
    rounded_.linear_e4m3(activation, x, weight, factors, bias, y);
  }
  void do_conv3d_max_pool3d_to_e4m3_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                                            ConstTensor x, ConstTensor filter, ConstTensor bias, float factor,
                                            Tensor y) override {
    rounded_.conv3d_max_pool3d(conv, pool, x, filter, bias, factor, y);
  }
  void do_e4m3_values(float scale, ConstTensor x, Tensor y) override { rounded_.e4m3_values(scale, x, y); }

  void do_relu_forward(ConstTensor x, Tensor y) override { cpu::relu(loops(), x, y); }
  void do_relu_backward(ConstTensor y, Tensor dy_in_place) override {
    cpu::relu_backward(loops(), y, dy_in_place);
  }
  void do_dropout(std::uint32_t op, float drop_probability, ConstTensor x, Tensor y) override {
    cpu::dropout(threads_, step_, op, drop_probability, x, y);
  }

  void do_softmax_cross_entropy_forward(const CrossEntropyRule& rule, ConstTensor logits,
                                        const CrossEntropyTargets& targets, Tensor probabilities,
                                        Tensor losses) override {
    cpu::softmax_cross_entropy(rule, logits, targets, probabilities, losses);
  }
  void do_softmax_cross_entropy_backward(const CrossEntropyRule& rule, ConstTensor probabilities,
                                         const CrossEntropyTargets& targets, Tensor dlogits) override {
    cpu::softmax_cross_entropy_backward(rule, step_.loss_scale, probabilities, targets, dlogits);
  }
  void do_sigmoid_cross_entropy_forward(ConstTensor positive_weights, ConstTensor logits, ConstTensor targets,
                                        Tensor probabilities, Tensor losses) override {
    cpu::sigmoid_cross_entropy(positive_weights, logits, targets, probabilities, losses);
  }
  void do_sigmoid_cross_entropy_backward(ConstTensor positive_weights, ConstTensor probabilities,
                                         ConstTensor targets, Tensor dlogits) override {
    cpu::sigmoid_cross_entropy_backward(positive_weights, step_.loss_scale, probabilities, targets, dlogits);
  }

  void do_normalize_clip(const Normalization& normalization, ConstTensor frames_u8, ConstTensor mean,
                         ConstTensor crops_i32, Tensor x) override {
    cpu::normalize_clip(loops(), normalization, frames_u8, mean, crops_i32, x);
  }
  void do_accumulate(ConstTensor x, Tensor y_in_place) override { cpu::accumulate(loops(), x, y_in_place); }
  void do_optimizer_step(const OptimizerStep& step, const OptimizerArrays& arrays) override {
    cpu::optimizer(loops(), step_, step, arrays);
    convolutions_.filters().parameters_changed();
  }
  void do_sum_of_squares(ConstTensor values, Tensor scalar) override {
    *scalar.as<float>() = cpu::sum_of_squares(loops(), values);
  }

  DType type() const { return compute_type(precision_); }
  // Whether products are those of floats whose results are rounded.
  bool rounds() const { return precision_ == Precision::fp8; }
  DType product_type() const { return rounds() ? DType::f32 : type(); }

  cpu::ElementwiseTeam loops() const { return {&kernels_.elementwise, threads_}; }
  cpu::LinearTeam linear_team() const {
    const cpu::TypeKernels& kernels = product_type() == DType::bf16 ? *kernels_.bf16 : kernels_.f32;
    return {&kernels.linear, &kernels_.elementwise, threads_};
  }

  Precision precision_;
  int threads_;
  const cpu::KernelSet& kernels_;
  StepScalars step_;
  cpu::Workspace workspace_;
  cpu::Convolutions convolutions_;
  cpu::RoundedOps rounded_;
  bool measures_;
  int directions_;  // in which each filter is used
};

}  // namespace

std::string cpu_backend_obstacle(const CpuOptions& options) {
  const Format format = format_of(options.precision);
  if (format.product == ProductType::tf32)
    return "the cpu computes in f32, bf16 or fp8: tf32 exists on CUDA devices only";
  const cpu::KernelSet& kernels = cpu::kernel_set(options.instruction_set);
  if (options.precision != Precision::bf16 || kernels.bf16 != nullptr) return {};
  return fmt::format(
      "this processor, or the instruction set asked for ({}), has no bf16 products: compute in f32",
      kernels.name);
}

std::unique_ptr<Backend> make_cpu_backend(const CpuOptions& options) {
  const std::string obstacle = cpu_backend_obstacle(options);
  expect(obstacle.empty(), "{}", obstacle);
  return std::make_unique<CpuBackend>(options);
}

}  // namespace c3d
