#include "tools/c3d_bench/op_bench.h"

#include <algorithm>
#include <array>
#include <span>

#include "model/c3d.h"
#include "model/c3d_layers.h"
#include "tools/c3d_bench/random_values.h"

namespace c3d {
namespace {

using Convolution = C3dSizes::Convolution;
using Linear = C3dSizes::Linear;

Shape filter_shape(const Convolution& layer) {
  const Extent3& kernel = layer.layer.convolution.kernel;
  return {layer.outputs, kernel.d, kernel.h, kernel.w, layer.inputs};
}

// Owns the tensors of one op; values are random, small, and of both signs.
class Bench {
 public:
  // probes: null, or run before each op
  Bench(Backend& backend, const Stopwatch& stopwatch, const BenchedNetwork& network, Probes* probes,
        std::vector<OpTime>& times)
      : backend_(backend),
        stopwatch_(stopwatch),
        config_(network.config),
        sizes_(c3d_sizes(network.config)),
        batch_(network.batch),
        probes_(probes),
        times_(times) {}

  const C3dSizes& sizes() const { return sizes_; }

  void convolution(const Convolution& layer, bool backward = true);
  void pool(const Convolution& before);
  void first_layer(const Convolution& layer);
  void linear(const Linear& layer);
  void convolution_to_e4m3(const Convolution& layer);
  void convolution_e4m3(const Convolution& layer);
  void linear_e4m3(const Linear& layer, DType results);
  void rest();
  void optimizers();

 private:
  Tensor make(const Shape& shape, DType type);
  Tensor value(const Shape& shape) { return make(shape, compute_type(backend_.precision())); }
  // Multiply-adds of the op's definition, and those of numbers that are not padding.
  struct Work {
    double defined = 0, inner = 0;
  };
  Work work_of(const Convolution& layer) const;
  void time(const char* op, const std::string& layer, const char* direction, const Work& counted,
            std::initializer_list<ConstTensor> touched, const std::function<void()>& work);

  Backend& backend_;
  const Stopwatch& stopwatch_;
  C3dConfig config_;
  C3dSizes sizes_;
  std::int64_t batch_;
  Probes* probes_;
  std::vector<OpTime>& times_;
  std::vector<Buffer> buffers_;
};

Tensor Bench::make(const Shape& shape, DType type) {
  const std::size_t bytes = static_cast<std::size_t>(shape.count()) * size_of(type);
  buffers_.push_back(backend_.allocate(std::max<std::size_t>(bytes, 1), MemoryKind::device));
  const Tensor tensor = buffers_.back().tensor(shape, type);
  fill_with_random(backend_, tensor);
  return tensor;
}

Bench::Work Bench::work_of(const Convolution& layer) const {
  const Conv3dGeometry& g = layer.layer.convolution;
  const Extent3 in = layer.input, out = output_extent(g, layer.input);
  const auto pairs = static_cast<double>(batch_ * layer.outputs * layer.valid_inputs);
  const std::int64_t inner = inner_taps(in.d, out.d, g.kernel.d, g.stride.d, g.pad.d) *
                             inner_taps(in.h, out.h, g.kernel.h, g.stride.h, g.pad.h) *
                             inner_taps(in.w, out.w, g.kernel.w, g.stride.w, g.pad.w);
  return {pairs * static_cast<double>(out.volume() * g.kernel.volume()), pairs * static_cast<double>(inner)};
}

void Bench::time(const char* op, const std::string& layer, const char* direction, const Work& counted,
                 std::initializer_list<ConstTensor> touched, const std::function<void()>& work) {
  if (probes_ != nullptr) probes_->registers();
  OpTime result{.op = op, .layer = layer, .direction = direction, .defined = counted.defined};
  result.multiplied = {counted.inner, compute_type(backend_.precision())};
  result.seconds = stopwatch_.median_seconds(work);
  if (result.op.starts_with("conv3d")) {
    result.choice = backend_.last_choice();
    const Multiplications said = backend_.last_multiplications();
    if (said.count > 0) result.multiplied = said;
  }
  for (const ConstTensor& tensor : touched) result.bytes += static_cast<double>(tensor.bytes());
  times_.push_back(std::move(result));
}

void Bench::convolution(const Convolution& layer, bool backward) {
  buffers_.clear();
  const Conv3dGeometry geometry = layer.layer.convolution;
  const Extent3 e = layer.input;
  const Tensor x = value({batch_, e.d, e.h, e.w, layer.inputs});
  const Tensor filter = value(filter_shape(layer));
  const Tensor bias = value({layer.outputs});
  const Tensor y = value({batch_, e.d, e.h, e.w, layer.outputs});
  const Tensor dfilter = make(filter.shape(), DType::f32), dbias = make(bias.shape(), DType::f32);
  const Work work = work_of(layer);
  time("conv3d", layer.layer.name, "forward", work, {x, filter, y},
       [&] { backend_.conv3d_forward(geometry, Activation::relu, x, filter, bias, y); });
  if (!backward) return;
  time("conv3d", layer.layer.name, "backward_filter", work, {x, y, dfilter},
       [&] { backend_.conv3d_backward_filter(geometry, x, y, dfilter, dbias); });
  if (layer.valid_inputs < layer.inputs) return;  // the clip wants no gradient
  time("conv3d", layer.layer.name, "backward_data", work, {x, filter, y},
       [&] { backend_.conv3d_backward_data(geometry, filter, y, x); });
}

void Bench::pool(const Convolution& before) {
  if (!before.layer.pool) return;
  buffers_.clear();
  const char* const name = before.layer.pool.name;
  const Pool3dGeometry geometry = before.layer.pool.geometry(config_.pool5);
  const Extent3 e = before.input, out = output_extent(geometry, before.input);
  const Tensor x = value({batch_, e.d, e.h, e.w, before.outputs});
  const Tensor y = value({batch_, out.d, out.h, out.w, before.outputs});
  const Tensor argmax = make(y.shape(), DType::u8);
  time("max_pool3d", name, "forward", {}, {x, y, argmax},
       [&] { backend_.max_pool3d_forward(geometry, x, y, argmax); });
  time("max_pool3d", name, "backward", {}, {x, y, argmax},
       [&] { backend_.max_pool3d_backward(geometry, argmax, y, x); });
}

// Convolution, ReLU and pool as the network runs them: one op, and the clip wants no gradient.
void Bench::first_layer(const Convolution& layer) {
  buffers_.clear();
  const Conv3dGeometry geometry = layer.layer.convolution;
  const Pool3dGeometry pool = layer.layer.pool.geometry(config_.pool5);
  const Extent3 e = layer.input, out = output_extent(pool, layer.input);
  const Tensor x = value({batch_, e.d, e.h, e.w, layer.inputs});
  const Tensor filter = value(filter_shape(layer)), bias = value({layer.outputs});
  const Tensor y = value({batch_, out.d, out.h, out.w, layer.outputs}), dy = value(y.shape());
  const Tensor argmax = make(y.shape(), DType::u8);
  const Tensor dfilter = make(filter.shape(), DType::f32), dbias = make(bias.shape(), DType::f32);
  // Of a window's gradients one is not zero.
  const Work work = work_of(layer),
             sparse{work.defined, work.inner / static_cast<double>(pool.kernel.volume())};
  const std::string both = fmt::format("{}+{}", layer.layer.name, layer.layer.pool.name);
  time("conv3d_max_pool3d", both, "inference", work, {x, filter, y},
       [&] { backend_.conv3d_max_pool3d_forward(geometry, pool, x, filter, bias, y, Tensor()); });
  time("conv3d_max_pool3d", both, "forward", work, {x, filter, y, argmax},
       [&] { backend_.conv3d_max_pool3d_forward(geometry, pool, x, filter, bias, y, argmax); });
  time("conv3d_max_pool3d", both, "backward", sparse, {x, y, dy, argmax, dfilter}, [&] {
    backend_.conv3d_max_pool3d_backward(geometry, pool, x, filter, argmax, y, dy, Tensor(), dfilter, dbias);
  });
}

void Bench::linear(const Linear& layer) {
  buffers_.clear();
  const Tensor x = value({batch_, layer.inputs}), y = value({batch_, layer.outputs});
  const Tensor weight = value({layer.outputs, layer.inputs}), bias = value({layer.outputs});
  const Tensor dx = value(x.shape());
  const Tensor dweight = make(weight.shape(), DType::f32), dbias = make(bias.shape(), DType::f32);
  const auto forward = static_cast<double>(batch_ * layer.inputs * layer.outputs);
  time("linear", layer.name, "forward", {forward, forward}, {x, weight, y},
       [&] { backend_.linear_forward(Activation::relu, x, weight, bias, y); });
  time("linear", layer.name, "backward", {2 * forward, 2 * forward}, {x, weight, y, dx, dweight},
       [&] { backend_.linear_backward(x, weight, y, dx, dweight, dbias); });
}

// conv2 with its pool, in bf16, whose results are e4m3.
void Bench::convolution_to_e4m3(const Convolution& layer) {
  buffers_.clear();
  const Conv3dGeometry geometry = layer.layer.convolution;
  const Pool3dGeometry pool = layer.layer.pool.geometry(config_.pool5);
  const Extent3 e = layer.input, out = output_extent(pool, layer.input);
  const Tensor x = value({batch_, e.d, e.h, e.w, layer.inputs}), filter = value(filter_shape(layer)),
               bias = value({layer.outputs}),
               y = make({batch_, out.d, out.h, out.w, layer.outputs}, DType::e4m3);
  time("conv3d_to_e4m3", fmt::format("{}+{}", layer.layer.name, layer.layer.pool.name), "inference",
       work_of(layer), {x, filter, y},
       [&] { backend_.conv3d_max_pool3d_to_e4m3_forward(geometry, pool, x, filter, bias, 1, y); });
}

void Bench::convolution_e4m3(const Convolution& layer) {
  buffers_.clear();
  const Conv3dGeometry geometry = layer.layer.convolution;
  const Extent3 e = layer.input;
  const Tensor x = make({batch_, e.d, e.h, e.w, layer.inputs}, DType::e4m3),
               filter = make(filter_shape(layer), DType::e4m3), factors = make({layer.outputs}, DType::f32),
               bias = make({layer.outputs}, DType::f32),
               y = make({batch_, e.d, e.h, e.w, layer.outputs}, DType::e4m3);
  time("conv3d_e4m3", layer.layer.name, "inference", work_of(layer), {x, filter, y},
       [&] { backend_.conv3d_e4m3_forward(geometry, Activation::relu, x, filter, factors, bias, y); });
  if (!layer.layer.pool) return;
  const Pool3dGeometry pool = layer.layer.pool.geometry(config_.pool5);
  const Extent3 out = output_extent(pool, layer.input);
  const Tensor pooled = make({batch_, out.d, out.h, out.w, layer.outputs}, DType::e4m3);
  time("max_pool3d", layer.layer.pool.name, "inference", {}, {y, pooled},
       [&] { backend_.max_pool3d_forward(pool, y, pooled, {}); });
}

void Bench::linear_e4m3(const Linear& layer, DType results) {
  buffers_.clear();
  const Tensor x = make({batch_, layer.inputs}, DType::e4m3),
               weight = make({layer.outputs, layer.inputs}, DType::e4m3),
               factors = make({layer.outputs}, DType::f32), bias = make({layer.outputs}, DType::f32),
               y = make({batch_, layer.outputs}, results);
  const auto forward = static_cast<double>(batch_ * layer.inputs * layer.outputs);
  time("linear_e4m3", layer.name, "inference", {forward, forward}, {x, weight, y},
       [&] { backend_.linear_e4m3_forward(Activation::relu, x, weight, factors, bias, y); });
}

void Bench::rest() {
  buffers_.clear();
  const std::int64_t width = sizes_.linears[0].outputs, classes = sizes_.linears.back().outputs;
  const Tensor features = value({batch_, width}), dropped = value({batch_, width});
  backend_.begin_step({.seed = 1, .step = 1, .learning_rate = 1e-3f, .loss_scale = 1});
  time("dropout", "dropout6", "forward", {}, {features, dropped},
       [&] { backend_.dropout(0, 0.5f, features, dropped); });
  time("relu", "relu6", "backward", {}, {features, dropped, dropped},
       [&] { backend_.relu_backward(features, dropped); });

  const Tensor logits = value({batch_, classes}), dlogits = value({batch_, classes});
  const Tensor labels = make({batch_}, DType::i32);
  const Tensor probabilities = make({batch_, classes}, DType::f32), losses = make({batch_}, DType::f32);
  time("softmax_cross_entropy", "loss", "forward", {}, {logits, probabilities}, [&] {
    backend_.softmax_cross_entropy_forward({}, logits, {.labels = labels}, probabilities, losses);
  });
  time("softmax_cross_entropy", "loss", "backward", {}, {dlogits, probabilities},
       [&] { backend_.softmax_cross_entropy_backward({}, probabilities, {.labels = labels}, dlogits); });
  const Tensor targets = make({batch_, classes}, DType::f32);
  backend_.zero(targets);
  time("sigmoid_cross_entropy", "loss", "forward", {}, {logits, targets, probabilities},
       [&] { backend_.sigmoid_cross_entropy_forward({}, logits, targets, probabilities, losses); });
  time("sigmoid_cross_entropy", "loss", "backward", {}, {dlogits, targets, probabilities},
       [&] { backend_.sigmoid_cross_entropy_backward({}, probabilities, targets, dlogits); });

  const Extent3 e = sizes_.convolutions[0].input;
  // A frame of the usual size beside a crop of 112.
  const std::int64_t height = e.h * 8 / 7, width_of_frame = height * 4 / 3 + 1;
  const Tensor frames = make({batch_, e.d, height, width_of_frame, 3}, DType::u8);
  const Tensor crops = make({batch_, 3}, DType::i32);
  const Tensor mean = make({3}, DType::f32), clip = value({batch_, e.d, e.h, e.w, kClipChannels});
  const ConstTensor cropped(frames.data(), {batch_, e.d, e.h, e.w, 3}, DType::u8);  // as much as is read
  time("normalize_clip", "input", "forward", {}, {cropped, clip},
       [&] { backend_.normalize_clip({}, frames, mean, crops, clip); });

  optimizers();
}

// Over as many parameters as the network has.
void Bench::optimizers() {
  buffers_.clear();
  ParameterStore parameters;
  const Shape all{C3d(config_, parameters).parameter_count()};
  const Tensor values = make(all, DType::f32), gradients = make(all, DType::f32),
               velocity = make(all, DType::f32), second_moment = make(all, DType::f32),
               average = make(all, DType::f32);
  const Tensor copy = backend_.precision() == Precision::bf16 ? make(all, DType::bf16) : Tensor();
  backend_.zero(second_moment);  // squares are not negative
  const std::array whole{OptimizerRange{0, all.count()}};
  const auto update = [&](OptimizerRule rule, bool averages) {
    const bool is_adamw = rule == OptimizerRule::adamw;
    backend_.optimizer_step({.rule = rule,
                             .momentum = 0.9f,
                             .beta2 = 0.999f,
                             .epsilon = 1e-8f,
                             .weight_decay = 5e-4f,
                             .ranges = whole},
                            {.parameters_in_place = values,
                             .gradients = gradients,
                             .velocity_in_place = velocity,
                             .second_moment_in_place = is_adamw ? second_moment : Tensor(),
                             .average_in_place = averages ? average : Tensor(),
                             .bf16_copy = copy});
  };
  time("sgd_step", "parameters", "update", {}, {values, values, gradients, velocity, velocity, copy},
       [&] { update(OptimizerRule::sgd, false); });
  time("nesterov_step", "parameters", "update", {}, {values, values, gradients, velocity, velocity, copy},
       [&] { update(OptimizerRule::nesterov, false); });
  time("sgd_step", "parameters, average", "update", {},
       {values, values, gradients, velocity, velocity, average, average, copy},
       [&] { update(OptimizerRule::sgd, true); });
  time("adamw_step", "parameters", "update", {},
       {values, values, gradients, velocity, velocity, second_moment, second_moment, copy},
       [&] { update(OptimizerRule::adamw, false); });
  time("adamw_step", "parameters, average", "update", {},
       {values, values, gradients, velocity, velocity, second_moment, second_moment, average, average, copy},
       [&] { update(OptimizerRule::adamw, true); });
}

}  // namespace

std::vector<OpTime> measure_ops(Backend& backend, const Stopwatch& stopwatch, const BenchedNetwork& network,
                                Probes& probes) {
  std::vector<OpTime> times;
  Bench bench(backend, stopwatch, network, &probes, times);
  for (const Convolution& layer : bench.sizes().convolutions) bench.convolution(layer);
  for (const Convolution& layer : bench.sizes().convolutions) bench.pool(layer);
  bench.first_layer(bench.sizes().convolutions[0]);
  for (const Linear& layer : bench.sizes().linears) bench.linear(layer);
  bench.rest();
  return times;
}

std::vector<OpTime> measure_e4m3_ops(Backend& backend, const Stopwatch& stopwatch,
                                     const BenchedNetwork& network) {
  std::vector<OpTime> times;
  Bench bench(backend, stopwatch, network, nullptr, times);
  bench.convolution_to_e4m3(bench.sizes().convolutions[1]);
  for (const Convolution& layer : std::span(bench.sizes().convolutions).subspan(2))
    bench.convolution_e4m3(layer);
  bench.linear_e4m3(bench.sizes().linears[0], DType::e4m3);
  bench.linear_e4m3(bench.sizes().linears[1], compute_type(backend.precision()));
  return times;
}

std::vector<OpTime> measure_convolutions(Backend& backend, const Stopwatch& stopwatch,
                                         const BenchedNetwork& network, bool training) {
  std::vector<OpTime> times;
  Bench bench(backend, stopwatch, network, nullptr, times);
  for (const Convolution& layer : bench.sizes().convolutions) bench.convolution(layer, training);
  return times;
}

ConvolutionsAlone sum_of_convolutions(const std::vector<OpTime>& ops, std::int64_t batch) {
  ConvolutionsAlone sum;
  for (const OpTime& op : ops) {
    if (op.op != "conv3d") continue;
    const double seconds = op.seconds / static_cast<double>(batch);
    if (op.direction == "forward") sum.forward += seconds;
    if (op.direction == "backward_data") sum.backward_data += seconds;
    if (op.direction == "backward_filter") sum.backward_filter += seconds;
  }
  return sum;
}

}  // namespace c3d
