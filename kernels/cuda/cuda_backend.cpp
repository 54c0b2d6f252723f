#include "kernels/cuda/cuda_backend.h"

#include <algorithm>
#include <vector>

#include "kernels/cuda/capability.h"
#include "kernels/cuda/check.h"
#include "kernels/cuda/conv_pool.h"
#include "kernels/cuda/cublas_linear.h"
#include "kernels/cuda/cudnn_conv.h"
#include "kernels/cuda/devices.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/op_arguments.h"
#include "kernels/cuda/op_scope.h"
#include "kernels/cuda/self_check.h"
#include "kernels/cuda/stream_recorder.h"
#include "kernels/cuda/uploader.h"
#include "kernels/cuda/wrong_labels.h"

namespace c3d {
namespace {

using namespace cuda;  // NOLINT(google-build-using-namespace): this file is where its parts meet

cudaEvent_t event_of(const Event& event) {
  expect(event.state != nullptr, "cuda: this event was never recorded");
  return static_cast<const CudaEvent*>(event.state.get())->get();
}

class CudaBackend final : public Backend {
 public:
  explicit CudaBackend(const CudaOptions& options)
      : properties_(usable_device(options.device)),
        device_(options.device),
        precision_(options.precision),
        stream_(make_stream()),
        scalars_(allocate_device(sizeof(DeviceScalars), "a step's scalars")),
        uploader_(stream_.get()),
        convolutions_({format_of(options.precision), options.deterministic, properties_.name}, workspace_,
                      stream_.get()),
        fused_(options.precision, convolutions_, workspace_, stream_.get()),
        linear_(format_of(options.precision), workspace_, stream_.get()),
        recorder_(stream_.get(), workspace_),
        graphs_(recorder_, options.graphs) {
    expect(precision_ != Precision::fp8 || multiplies_e4m3({properties_.major, properties_.minor}),
           "{} has no products of 8 bits, which GPUs have from compute capability 8.9 on: use bf16, or the "
           "device "
           "cpu, which emulates them",
           properties_.name);
    check(cudaMemsetAsync(scalars_.get(), 0, sizeof(DeviceScalars), stream_.get()),
          "clearing a step's scalars");
  }
  ~CudaBackend() override { static_cast<void>(cudaStreamSynchronize(stream_.get())); }

  std::string description() const override {
    return fmt::format("cuda:{}: {}, {} multiprocessors, {:.1f} GiB, cuDNN {}", device_, properties_.name,
                       properties_.multiProcessorCount,
                       static_cast<double>(properties_.totalGlobalMem) / (1 << 30),
                       cudnn_version_text(cudnn().version()));
  }
  Precision precision() const override { return precision_; }
  BackendMemory memory() const override {
    return {.workspace_bytes = workspace_.bytes() + uploader_.staging_bytes(), .packed_bytes = 0};
  }

  Buffer allocate(std::size_t bytes, MemoryKind kind) override;
  void zero(Tensor values) override {
    const OpScope scope(device_, "zero");
    if (values.memory_kind() == MemoryKind::device) {
      check(cudaMemsetAsync(values.data(), 0, values.bytes(), stream_.get()), "clearing {} bytes",
            values.bytes());
    } else {
      synchronize();  // what was enqueued before may still read or write it
      std::fill_n(values.data(), values.bytes(), std::byte{0});
    }
  }
  void synchronize() override {
    expect(!graphs_.recording(), "cuda: a recorded step cannot wait");
    check(cudaStreamSynchronize(stream_.get()), "the work enqueued on the GPU");
    wrong_labels_.check();
  }

  Event record_event() override {
    expect(!graphs_.recording(), "cuda: a recorded step cannot be timed from within; use --no-graphs");
    check(cudaSetDevice(device_), "choosing GPU {}", device_);
    auto event = std::make_shared<CudaEvent>(make_event());
    check(cudaEventRecord(event->get(), stream_.get()), "marking a point in the queue");
    return {std::move(event)};
  }
  double milliseconds(const Event& from, const Event& to) override {
    wait(from);
    wait(to);
    float time = 0;
    check(cudaEventElapsedTime(&time, event_of(from), event_of(to)), "timing");
    return static_cast<double>(time);
  }
  bool reached(const Event& event) override {
    const cudaError_t status = cudaEventQuery(event_of(event));
    if (status == cudaErrorNotReady) {
      static_cast<void>(cudaGetLastError());  // it is an answer, and must not be found by the next call
      return false;
    }
    check(status, "the work enqueued on the GPU");
    wrong_labels_.check();
    return true;
  }
  void wait(const Event& event) override {
    check(cudaEventSynchronize(event_of(event)), "the work enqueued on the GPU");
    wrong_labels_.check();
  }
  void begin_step(const StepScalars& scalars) override {
    const OpScope scope(device_, "begin_step");
    const DeviceScalars values{scalars.seed,          scalars.step,       scalars.first_row,
                               scalars.learning_rate, scalars.loss_scale, scalars.average_decay};
    // From pageable memory: read before the call returns.
    check(cudaMemcpyAsync(scalars_.get(), &values, sizeof(values), cudaMemcpyHostToDevice, stream_.get()),
          "writing a step's scalars");
  }
  void replay(std::uint64_t program, const std::function<void()>& step) override {
    const OpScope scope(device_, "replay");
    graphs_.run(program, step);
    freed_while_recording_.clear();
  }

  // The plan begins here: what the self-check computed does not belong to it.
  void begin_plan(bool measure) {
    graphs_.forget();
    convolutions_.begin_plan(measure);
  }
  bool measures() const override { return convolutions_.measures(); }
  std::string plan() const override { return convolutions_.plan_text(); }
  void add_plan(const std::string& lines) override {
    const OpScope scope(device_, "add_plan");
    synchronize();  // plans that are replaced may still run
    convolutions_.add_plan(lines);
    graphs_.forget();
  }
  void on_measured(const MeasuredHook& hook) override { convolutions_.on_measured(hook); }
  std::string last_choice() const override { return convolutions_.last_choice(); }

 private:
  void* queue() override { return stream_.get(); }
  void do_copy(ConstTensor from, Tensor to) override;
  void do_copy_parts(std::span<const ConstTensor> parts, Tensor to) override;
  void do_parameters_changed(ConstTensor values, Tensor bf16_copy) override {
    if (bf16_copy.empty()) return;
    const OpScope scope(device_, "parameters_changed");
    check(round_to_bf16(values.as<float>(), bf16_copy.data(), values.count(), stream_.get()),
          "rounding the parameters");
  }

  void do_conv3d_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
                         ConstTensor bias, Tensor y) override {
    const OpScope scope(device_, "conv3d_forward");
    convolutions_.forward(conv, activation, x, filter, bias, y);
  }
  void do_conv3d_backward_data(const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy,
                               Tensor dx) override {
    const OpScope scope(device_, "conv3d_backward_data");
    convolutions_.backward_data(conv, filter, dy, dx);
  }
  void do_conv3d_backward_filter(const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy, Tensor dfilter,
                                 Tensor dbias) override {
    const OpScope scope(device_, "conv3d_backward_filter");
    if (!dfilter.empty()) convolutions_.backward_filter(conv, x, dy, dfilter, false);
    if (!dbias.empty()) add_rows(dy, dy.shape()[4], dbias);
  }

  void do_max_pool3d_forward(const Pool3dGeometry& pool, ConstTensor x, Tensor y, Tensor argmax_u8) override {
    const OpScope scope(device_, "max_pool3d_forward");
    if (x.type() == DType::e4m3) {
      expect(argmax_u8.empty(), "cuda: positions of maxima are for gradients, which fp8 does not have");
      const PoolArguments arguments = pool_arguments(pool, x.shape(), y.shape());
      check(max_pool_e4m3(arguments, x.data(), y.data(), stream_.get()), "max_pool3d_forward");
      return;
    }
    check(max_pool_forward(element(), pool_arguments(pool, x.shape(), y.shape()), x.data(), y.data(),
                           pointer_or_null<std::uint8_t>(argmax_u8), stream_.get()),
          "max_pool3d_forward");
  }
  void do_max_pool3d_backward(const Pool3dGeometry& pool, ConstTensor argmax_u8, ConstTensor dy,
                              Tensor dx) override {
    const OpScope scope(device_, "max_pool3d_backward");
    check(max_pool_backward(element(), pool_arguments(pool, dx.shape(), dy.shape()),
                            argmax_u8.as<std::uint8_t>(), dy.data(), dx.data(), stream_.get()),
          "max_pool3d_backward");
  }
  void do_conv3d_max_pool3d_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                    ConstTensor filter, ConstTensor bias, Tensor y,
                                    Tensor argmax_u8) override {
    const OpScope scope(device_, "conv3d_max_pool3d_forward");
    fused_.forward(conv, pool, x, filter, bias, y, argmax_u8);
  }
  void do_conv3d_max_pool3d_backward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                     ConstTensor filter, ConstTensor argmax_u8, ConstTensor y, ConstTensor dy,
                                     Tensor dx, Tensor dfilter, Tensor dbias) override {
    const OpScope scope(device_, "conv3d_max_pool3d_backward");
    fused_.backward(conv, pool, x, filter, argmax_u8, y, dy, dx, dfilter, dbias);
  }

  void do_linear_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias,
                         Tensor y) override {
    const OpScope scope(device_, "linear_forward");
    linear_.forward(activation, x, weight, bias, y);
  }
  void do_linear_backward(ConstTensor x, ConstTensor weight, ConstTensor dy, Tensor dx, Tensor dweight,
                          Tensor dbias) override {
    const OpScope scope(device_, "linear_backward");
    if (!dx.empty()) linear_.backward_data(weight, dy, dx);
    const bool has_bias = !dweight.empty() && linear_.backward_weight(x, dy, dweight, dbias);
    if (!dbias.empty() && !has_bias) add_rows(dy, dy.shape()[1], dbias);
  }

  void do_conv3d_e4m3_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x,
                              ConstTensor filter, ConstTensor factors, ConstTensor bias, Tensor y) override {
    const OpScope scope(device_, "conv3d_e4m3_forward");
    convolutions_.forward_e4m3(conv, activation, x, filter, factors, bias, y);
  }
  void do_linear_e4m3_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor factors,
                              ConstTensor bias, Tensor y) override {
    const OpScope scope(device_, "linear_e4m3_forward");
    if (linear_.forward_e4m3(activation, x, weight, factors, bias, y)) return;
    convolutions_.linear_e4m3(activation, x, weight, factors, bias, y);
  }
  void do_conv3d_max_pool3d_to_e4m3_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                                            ConstTensor x, ConstTensor filter, ConstTensor bias, float factor,
                                            Tensor y) override {
    const OpScope scope(device_, "conv3d_max_pool3d_to_e4m3_forward");
    fused_.forward_to_e4m3(conv, pool, x, filter, bias, factor, y);
  }
  void do_e4m3_values(float scale, ConstTensor x, Tensor y) override {
    const OpScope scope(device_, "e4m3_values");
    check(cuda::e4m3_values(x.data(), scale, y.data(), x.count(), stream_.get()), "e4m3_values");
  }

  void do_relu_forward(ConstTensor x, Tensor y) override {
    const OpScope scope(device_, "relu_forward");
    check(cuda::relu_forward(element(), x.data(), y.data(), x.count(), stream_.get()), "relu_forward");
  }
  void do_relu_backward(ConstTensor y, Tensor dy_in_place) override {
    const OpScope scope(device_, "relu_backward");
    check(cuda::relu_backward(element(), y.data(), dy_in_place.data(), y.count(), stream_.get()),
          "relu_backward");
  }
  void do_dropout(std::uint32_t op, float drop_probability, ConstTensor x, Tensor y) override {
    const OpScope scope(device_, "dropout");
    const std::int64_t rows = x.shape()[0];
    check(cuda::dropout(element(), scalars(), op, drop_probability, x.data(), y.data(), rows,
                        x.count() / std::max<std::int64_t>(rows, 1), stream_.get()),
          "dropout");
  }

  void do_softmax_cross_entropy_forward(const CrossEntropyRule& rule, ConstTensor logits,
                                        const CrossEntropyTargets& targets, Tensor probabilities,
                                        Tensor losses) override {
    const OpScope scope(device_, "softmax_cross_entropy_forward");
    check(cuda::softmax_cross_entropy_forward(
              element(), cross_entropy_arguments(rule, targets, logits.shape(), wrong_labels_.word()),
              logits.data(), probabilities.as<float>(), pointer_or_null<float>(losses), stream_.get()),
          "softmax_cross_entropy_forward");
  }
  void do_softmax_cross_entropy_backward(const CrossEntropyRule& rule, ConstTensor probabilities,
                                         const CrossEntropyTargets& targets, Tensor dlogits) override {
    const OpScope scope(device_, "softmax_cross_entropy_backward");
    check(cuda::softmax_cross_entropy_backward(
              element(), cross_entropy_arguments(rule, targets, dlogits.shape(), nullptr), scalars(),
              probabilities.as<float>(), dlogits.data(), stream_.get()),
          "softmax_cross_entropy_backward");
  }
  void do_sigmoid_cross_entropy_forward(ConstTensor positive_weights, ConstTensor logits, ConstTensor targets,
                                        Tensor probabilities, Tensor losses) override {
    const OpScope scope(device_, "sigmoid_cross_entropy_forward");
    check(cuda::sigmoid_cross_entropy_forward(
              element(), sigmoid_arguments(positive_weights, targets, logits.shape()), logits.data(),
              probabilities.as<float>(), pointer_or_null<float>(losses), stream_.get()),
          "sigmoid_cross_entropy_forward");
  }
  void do_sigmoid_cross_entropy_backward(ConstTensor positive_weights, ConstTensor probabilities,
                                         ConstTensor targets, Tensor dlogits) override {
    const OpScope scope(device_, "sigmoid_cross_entropy_backward");
    check(cuda::sigmoid_cross_entropy_backward(
              element(), sigmoid_arguments(positive_weights, targets, dlogits.shape()), scalars(),
              probabilities.as<float>(), dlogits.data(), stream_.get()),
          "sigmoid_cross_entropy_backward");
  }

  void do_normalize_clip(const Normalization& normalization, ConstTensor frames_u8, ConstTensor mean,
                         ConstTensor crops_i32, Tensor x) override {
    const OpScope scope(device_, "normalize_clip");
    check(cuda::normalize_clip(element(), clip_arguments(normalization, frames_u8, mean, crops_i32, x),
                               stream_.get()),
          "normalize_clip");
  }
  void do_accumulate(ConstTensor x, Tensor y_in_place) override {
    const OpScope scope(device_, "accumulate");
    check(cuda::accumulate(x.type() == DType::bf16 ? Element::bf16 : Element::f32, x.data(),
                           y_in_place.data(), x.count(), stream_.get()),
          "accumulate");
  }
  void do_optimizer_step(const OptimizerStep& step, const OptimizerArrays& arrays) override {
    const OpScope scope(device_, "optimizer_step");
    check(update_parameters(step.rule, update_arguments(step, arrays), scalars(), step.ranges.data(),
                            static_cast<std::int64_t>(step.ranges.size()), stream_.get()),
          "optimizer_step");
  }
  void do_sum_of_squares(ConstTensor values, Tensor scalar) override {
    const OpScope scope(device_, "sum_of_squares");
    check(cuda::sum_of_squares(values.as<float>(), values.count(), scalar.as<float>(), partials(1),
                               stream_.get()),
          "sum_of_squares");
  }

  DType type() const { return compute_type(precision_); }
  Element element() const { return type() == DType::bf16 ? Element::bf16 : Element::f32; }
  const DeviceScalars* scalars() const { return reinterpret_cast<const DeviceScalars*>(scalars_.get()); }

  float* partials(std::int64_t channels) {
    return workspace_.tensor(Purpose::partials, {partial_count(channels)}, DType::f32).as<float>();
  }
  void add_rows(ConstTensor dy, std::int64_t channels, Tensor dbias) {
    check(bias_gradient(element(), dy.data(), dy.count() / channels, channels, dbias.as<float>(), false,
                        partials(channels), stream_.get()),
          "the gradient of a bias");
  }

  cudaDeviceProp properties_;
  int device_;
  Precision precision_;
  Stream stream_;
  DeviceMemory scalars_;
  Workspace workspace_;
  WrongLabels wrong_labels_;
  std::vector<DeviceMemory> freed_while_recording_;
  Uploader uploader_;
  CudnnConv convolutions_;
  ConvPool fused_;
  CublasLinear linear_;
  StreamRecorder recorder_;
  StepGraphs graphs_;
};

Buffer CudaBackend::allocate(std::size_t bytes, MemoryKind kind) {
  check(cudaSetDevice(device_), "choosing GPU {}", device_);
  if (kind == MemoryKind::device) {
    if (graphs_.recording()) throw NotRecordable("cuda: a recorded step wants memory of its own");
    graphs_.forget();  // they may hold addresses that this memory gets
    DeviceMemory memory = allocate_device(bytes, "one block");
    return {memory.release(), bytes, kind, [this](std::byte* data) {
              graphs_.forget();
              DeviceMemory freed(data);
              if (graphs_.recording()) freed_while_recording_.push_back(std::move(freed));
            }};
  }
  // What the caller only calls host memory may be copied from as well.
  PinnedMemory memory = allocate_pinned(bytes);
  return {memory.release(), bytes, kind, [](std::byte* data) { const PinnedMemory freed(data); }};
}

void CudaBackend::do_copy(ConstTensor from, Tensor to) {
  if (from.bytes() == 0) return;
  const OpScope scope(device_, "copy");
  const bool from_device = from.memory_kind() == MemoryKind::device,
             to_device = to.memory_kind() == MemoryKind::device;
  expect(!graphs_.recording() || (from_device && to_device),
         "cuda: a recorded step cannot touch host memory");
  if (to_device && from.memory_kind() == MemoryKind::pinned) {
    uploader_.copy(from.data(), to.data(), from.bytes());
    return;
  }
  check(cudaMemcpyAsync(to.data(), from.data(), from.bytes(), cudaMemcpyDefault, stream_.get()),
        "copying {} bytes", from.bytes());
  const bool pageable = from.memory_kind() == MemoryKind::host || to.memory_kind() == MemoryKind::host;
  if (pageable || (!from_device && !to_device)) synchronize();
}

void CudaBackend::do_copy_parts(std::span<const ConstTensor> parts, Tensor to) {
  const auto is_pinned = [](const ConstTensor& part) { return part.memory_kind() == MemoryKind::pinned; };
  if (to.memory_kind() != MemoryKind::device || !std::ranges::all_of(parts, is_pinned)) {
    return Backend::do_copy_parts(parts, to);
  }
  const OpScope scope(device_, "copy_parts");
  expect(!graphs_.recording(), "cuda: a recorded step cannot touch host memory");
  uploader_.copy_parts(parts, to.data(), to.bytes());
}

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(const CudaOptions& options, Backend& definition) {
  auto backend = std::make_unique<CudaBackend>(options);
  try {
    self_check(*backend, definition);
  } catch (Error& error) {
    error.add_context(fmt::format("during the self-check of {}", backend->description()));
    throw;
  }
  backend->begin_plan(options.measure);
  return backend;
}

}  // namespace c3d
