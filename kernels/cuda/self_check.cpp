#include "kernels/cuda/self_check.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/core/op_shapes.h"
#include "engine/core/philox.h"
#include "kernels/cuda/check.h"

namespace c3d::cuda {
namespace {

// Of C3D: the widths of its first layers, of its last convolutions and of Sports-1M's classes.
constexpr std::int64_t kFirstFilters = 64, kSecondFilters = 128, kLastChannels = 512, kClasses = 487;

constexpr Conv3dGeometry kFirstConv{.valid_input_channels = kColours};
constexpr Pool3dGeometry kFirstPool{.kernel = {1, 2, 2}, .stride = {1, 2, 2}};
const Shape kFirstShape{1, 4, 16, 16, kClipChannels};

// Multiples of 1 / steps from -1 to 1. All but every `sparse`-th are zero.
std::vector<float> fractions(const Shape& shape, int steps, std::uint64_t seed, std::uint64_t sparse) {
  std::vector<float> values(static_cast<std::size_t>(shape.count()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto word = static_cast<std::int64_t>(philox(seed, i, 0).word[0]);
    if (i % sparse == 0)
      values[i] = static_cast<float>(word % (2 * steps + 1) - steps) / static_cast<float>(steps);
  }
  return values;
}

class SelfCheck {
 public:
  explicit SelfCheck(Backend& backend) : backend_(backend), type_(compute_type(backend.precision())) {}

  std::vector<CheckedOutput> run() {
    backend_.begin_step({.seed = 5, .step = 2, .learning_rate = 0.25f, .loss_scale = 0.5f});
    clips();
    if (backend_.precision() == Precision::fp8) {
      inference();
      eight_bits();
    } else {
      training();
    }
    return std::move(outputs_);
  }

 private:
  void training() {
    convolution();
    convolution_with_pool("the first convolution with its pool", kFirstConv, kFirstPool, kFirstShape,
                          kFirstFilters, 16);
    convolution_with_pool("the second convolution with its pool", {}, {}, {1, 2, 4, 4, kFirstFilters},
                          kSecondFilters, 311);
    pool();
    linear();
    cross_entropy();
    optimizer();
    dropout();
  }
  // What a network that only infers has besides the ops of 8 bits: its first layer, its last one, its probabilities.
  void inference() {
    const Shape shape_filter{kFirstFilters, 3, 3, 3, kClipChannels}, shape_bias{kFirstFilters},
        shape_first = max_pool3d_output(kFirstPool, conv3d_output(kFirstConv, kFirstShape, shape_filter));
    const Tensor x = made(kFirstShape, type_, colours(kFirstShape, 11, 1)),
                 filter = made(shape_filter, type_, colours(shape_filter, 12, 1)),
                 shift = made(shape_bias, type_, values(shape_bias, 14)), first = made(shape_first, type_);
    backend_.conv3d_max_pool3d_forward(kFirstConv, kFirstPool, x, filter, shift, first, {});
    give("the output", "the first convolution with its pool", first);

    const Shape shape_x{4, kLastChannels}, shape_weight{kClasses, kLastChannels}, shape_y{4, kClasses};
    const Tensor rows = made(shape_x, type_, values(shape_x, 31)),
                 weight = made(shape_weight, type_, values(shape_weight, 32)),
                 bias = made({kClasses}, type_, values({kClasses}, 33)), y = made(shape_y, type_),
                 probabilities = made(shape_y, DType::f32);
    backend_.linear_forward(Activation::none, rows, weight, bias, y);
    backend_.softmax_cross_entropy_forward({}, y, {}, probabilities, {});
    give("the output", "the linear layer", y);
    give("the probabilities", "softmax", probabilities);
  }

  // In bf16 quarters: the sums of a few are exact and an argmax is that of the first of equal ones everywhere. Else
  // what tf32 holds: no two sums are equal.
  std::vector<float> values(const Shape& shape, std::uint64_t seed, std::uint64_t sparse = 1) const {
    return fractions(shape, type_ == DType::bf16 ? 4 : 512, seed, sparse);
  }
  // As a clip lies in memory: colours, then zeros.
  std::vector<float> colours(const Shape& shape, std::uint64_t seed, std::uint64_t sparse) const {
    std::vector<float> all = values(shape, seed, sparse);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i % kClipChannels >= kColours) all[i] = 0;
    }
    return all;
  }
  // On the device; its memory lives as long as the check.
  Tensor made(const Shape& shape, DType type) {
    buffers_.push_back(
        backend_.allocate(static_cast<std::size_t>(shape.count()) * size_of(type), MemoryKind::device));
    const Tensor tensor = buffers_.back().tensor(shape, type);
    backend_.zero(tensor);
    return tensor;
  }
  Tensor made(const Shape& shape, DType type, const std::vector<float>& values) {
    const Tensor tensor = made(shape, type);
    const auto copy_rounded = [&](auto round) {
      std::vector<decltype(round(0.0f))> narrow(values.size());
      std::transform(values.begin(), values.end(), narrow.begin(), round);
      backend_.copy(host_tensor(narrow.data(), shape), tensor);
    };
    if (type == DType::f32) backend_.copy(host_tensor(values.data(), shape), tensor);
    if (type == DType::bf16) copy_rounded(to_bfloat16);
    if (type == DType::e4m3) copy_rounded(to_e4m3);
    return tensor;
  }
  template <typename T>
  Tensor made_of(const Shape& shape, const std::vector<T>& values) {
    const Tensor tensor = made(shape, kDTypeOf<T>);
    backend_.copy(host_tensor(values.data(), shape), tensor);
    return tensor;
  }

  template <typename T, typename Widen>
  std::vector<float> read(ConstTensor tensor, const Widen& widen) {
    std::vector<T> values(static_cast<std::size_t>(tensor.count()));
    backend_.copy(tensor, host_tensor(values.data(), tensor.shape()));
    backend_.synchronize();
    std::vector<float> wide(values.size());
    std::transform(values.begin(), values.end(), wide.begin(), widen);
    return wide;
  }
  void give(const std::string& what, const std::string& op, ConstTensor tensor) {
    const auto as_float = [](auto value) { return static_cast<float>(value); };
    std::vector<float> values;
    if (tensor.type() == DType::f32) values = read<float>(tensor, as_float);
    if (tensor.type() == DType::bf16) values = read<BFloat16>(tensor, [](BFloat16 v) { return to_float(v); });
    if (tensor.type() == DType::e4m3)
      values = read<Float8E4M3>(tensor, [](Float8E4M3 v) { return to_float(v); });
    if (tensor.type() == DType::u8) values = read<std::uint8_t>(tensor, as_float);
    outputs_.push_back({fmt::format("{} of {}", what, op), std::move(values)});
  }

  void convolution() {
    const Shape shape_x{2, 3, 6, 5, 8}, shape_filter{16, 3, 3, 3, 8}, shape_y{2, 3, 6, 5, 16};
    const Tensor x = made(shape_x, type_, values(shape_x, 1)),
                 filter = made(shape_filter, type_, values(shape_filter, 2)),
                 bias = made({16}, type_, values({16}, 3)), dy = made(shape_y, type_, values(shape_y, 4)),
                 y = made(shape_y, type_), dx = made(shape_x, type_),
                 dfilter = made(shape_filter, DType::f32), dbias = made({16}, DType::f32);
    backend_.conv3d_forward({}, Activation::relu, x, filter, bias, y);
    backend_.conv3d_backward_data({}, filter, dy, dx);
    backend_.conv3d_backward_filter({}, x, dy, dfilter, dbias);
    const std::string op = "a convolution";
    give("the output", op, y);
    give("the gradient of the input", op, dx);
    give("the gradient of the filter", op, dfilter);
    give("the gradient of the bias", op, dbias);
  }

  // sparse: which filters of the second run are zero, so that a sum has a handful of products.
  void convolution_with_pool(const std::string& op, const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                             const Shape& shape_x, std::int64_t filters, std::uint64_t sparse) {
    const bool clip = shape_x[4] == kClipChannels;
    const auto made_like_x = [&](const Shape& shape, std::uint64_t seed, std::uint64_t every) {
      return made(shape, type_, clip ? colours(shape, seed, every) : values(shape, seed, every));
    };
    const Shape shape_filter{filters, 3, 3, 3, shape_x[4]}, shape_bias{filters};
    const Shape shape_y = max_pool3d_output(pool, conv3d_output(conv, shape_x, shape_filter));
    const Tensor x = made_like_x(shape_x, 11, 1), filter = made_like_x(shape_filter, 12, 1),
                 few = made_like_x(shape_filter, 13, sparse),
                 bias = made(shape_bias, type_, values(shape_bias, 14)),
                 dy = made(shape_y, type_, values(shape_y, 15)), y = made(shape_y, type_),
                 argmax = made(shape_y, DType::u8), dfilter = made(shape_filter, DType::f32),
                 dbias = made(shape_bias, DType::f32);
    backend_.conv3d_max_pool3d_forward(conv, pool, x, filter, bias, y, {});
    give("the output", op, y);
    backend_.conv3d_max_pool3d_forward(conv, pool, x, few, bias, y, argmax);
    give("the sparse output", op, y);
    give("the argmax", op, argmax);
    const Tensor dx = clip ? Tensor() : made(shape_x, type_);
    backend_.conv3d_max_pool3d_backward(conv, pool, x, filter, argmax, y, dy, dx, dfilter, dbias);
    if (!clip) give("the gradient of the input", op, dx);
    give("the gradient of the filter", op, dfilter);
    give("the gradient of the bias", op, dbias);
  }

  void pool() {  // pool5, with PyTorch's padding
    const Pool3dGeometry pool{.pad_before = {0, 1, 1}, .pad_after = {0, 1, 1}};
    const Shape shape_x{1, 2, 7, 7, kLastChannels}, shape_y = max_pool3d_output(pool, shape_x);
    const Tensor x = made(shape_x, type_, values(shape_x, 21)),
                 dy = made(shape_y, type_, values(shape_y, 22)), y = made(shape_y, type_),
                 argmax = made(shape_y, DType::u8), dx = made(shape_x, type_);
    backend_.max_pool3d_forward(pool, x, y, argmax);
    backend_.max_pool3d_backward(pool, argmax, dy, dx);
    give("the output", "the last pool", y);
    give("the argmax", "the last pool", argmax);
    give("the gradient", "the last pool", dx);
  }

  void linear() {
    const Shape shape_x{4, kLastChannels}, shape_weight{kClasses, kLastChannels}, shape_y{4, kClasses};
    const Tensor x = made(shape_x, type_, values(shape_x, 31)),
                 weight = made(shape_weight, type_, values(shape_weight, 32)),
                 bias = made({kClasses}, type_, values({kClasses}, 33)),
                 dy = made(shape_y, type_, values(shape_y, 34)), y = made(shape_y, type_),
                 dx = made(shape_x, type_), dweight = made(shape_weight, DType::f32),
                 dbias = made({kClasses}, DType::f32);
    backend_.linear_forward(Activation::none, x, weight, bias, y);
    backend_.linear_backward(x, weight, dy, dx, dweight, dbias);
    give("the output", "the linear layer", y);
    give("the gradient of the input", "the linear layer", dx);
    give("the gradient of the weight", "the linear layer", dweight);
    give("the gradient of the bias", "the linear layer", dbias);
  }

  void cross_entropy() {
    const Shape shape{4, kClasses};
    const CrossEntropyTargets targets{
        .labels = made_of<std::int32_t>({4}, {0, static_cast<std::int32_t>(kClasses) - 1, 5, -1})};
    const CrossEntropyRule rule{.label_smoothing = 0.1f};
    const Tensor logits = made(shape, type_, values(shape, 41)), probabilities = made(shape, DType::f32),
                 losses = made({4}, DType::f32), dlogits = made(shape, type_);
    backend_.softmax_cross_entropy_forward(rule, logits, targets, probabilities, losses);
    backend_.softmax_cross_entropy_backward(rule, probabilities, targets, dlogits);
    give("the probabilities", "softmax_cross_entropy", probabilities);
    give("the losses", "softmax_cross_entropy", losses);
    give("the gradient", "softmax_cross_entropy", dlogits);
  }

  void optimizer() {
    const Shape shape{4099};
    const std::array ranges{OptimizerRange{.first = 0, .last = 4000},
                            OptimizerRange{.first = 4000, .last = 4099, .weight_decay_scale = 0}};
    const OptimizerArrays arrays{.parameters_in_place = made(shape, DType::f32, values(shape, 51)),
                                 .gradients = made(shape, DType::f32, values(shape, 52)),
                                 .velocity_in_place = made(shape, DType::f32, values(shape, 53)),
                                 .bf16_copy = type_ == DType::bf16 ? made(shape, type_) : Tensor()};
    backend_.optimizer_step({.momentum = 0.5f, .weight_decay = 0.125f, .ranges = ranges}, arrays);
    give("the parameters", "SGD's step", arrays.parameters_in_place);
    give("the velocity", "SGD's step", arrays.velocity_in_place);
    if (type_ == DType::bf16) give("the bf16 copy", "SGD's step", arrays.bf16_copy);
  }

  void clips() {
    const Shape shape_frames{1, 2, 12, 14, kColours}, shape_x{1, 2, 8, 8, kClipChannels};
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(shape_frames.count()));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 37);
    const Tensor frames = made_of(shape_frames, bytes), mean = made_of<float>({3}, {90, 98, 102}),
                 crops = made_of<std::int32_t>({1, 3}, {3, 5, 1}), x = made(shape_x, type_);
    backend_.normalize_clip({.order = ColourOrder::bgr, .scale = 0.25f}, frames, mean, crops, x);
    give("the clip", "normalize_clip", x);
  }

  void dropout() {
    const Shape shape{3, 200};
    const Tensor x = made(shape, type_, values(shape, 61)), y = made(shape, type_);
    backend_.dropout(1, 0.5f, x, y);
    give("the output", "dropout", y);
  }

  // Sums of quarters are exact in the tensor cores' accumulators too, which hold less than an f32.
  void eight_bits() {
    const Shape shape_x{1, 2, 4, 4, kSecondFilters}, shape_filter{kFirstFilters, 3, 3, 3, kSecondFilters},
        shape_y{1, 2, 4, 4, kFirstFilters}, channels{kFirstFilters}, shape_pooled{1, 1, 2, 2, kFirstFilters};
    const std::vector<float> small(static_cast<std::size_t>(kFirstFilters), 0.125f);
    const Tensor x = made(shape_x, DType::e4m3, values(shape_x, 71)),
                 filter = made(shape_filter, DType::e4m3, values(shape_filter, 72, 7)),
                 factors = made(channels, DType::f32, small),
                 bias = made(channels, DType::f32, values(channels, 73)), y = made(shape_y, DType::e4m3),
                 pooled = made(shape_pooled, DType::e4m3), wide = made(shape_pooled, type_);
    backend_.conv3d_e4m3_forward({}, Activation::relu, x, filter, factors, bias, y);
    backend_.max_pool3d_forward({}, y, pooled, {});
    backend_.e4m3_values(0.5f, pooled, wide);
    give("the output", "a convolution of e4m3", y);
    give("the output", "a pool of e4m3", pooled);
    give("the values", "a pool of e4m3", wide);

    const Shape shape_row{4, kLastChannels}, shape_weight{kFirstFilters, kLastChannels},
        shape_result{4, kFirstFilters};
    const Tensor rows = made(shape_row, DType::e4m3, values(shape_row, 74)),
                 weight = made(shape_weight, DType::e4m3, values(shape_weight, 75)),
                 narrow = made(shape_result, DType::e4m3), result = made(shape_result, type_);
    backend_.linear_e4m3_forward(Activation::relu, rows, weight, factors, bias, narrow);
    backend_.linear_e4m3_forward(Activation::none, rows, weight, factors, bias, result);
    give("the output", "a matrix product of e4m3", narrow);
    give("the wide output", "a matrix product of e4m3", result);

    const Shape shape_clip{1, 2, 4, 4, kFirstFilters}, shape_taps{kSecondFilters, 3, 3, 3, kFirstFilters},
        shape_first{1, 1, 2, 2, kSecondFilters};
    const Tensor clip = made(shape_clip, type_, values(shape_clip, 76)),
                 taps = made(shape_taps, type_, values(shape_taps, 77, 5)),
                 shift = made({kSecondFilters}, type_, values({kSecondFilters}, 78)),
                 first = made(shape_first, DType::e4m3);
    backend_.conv3d_max_pool3d_to_e4m3_forward({}, {}, clip, taps, shift, 4, first);
    give("the output", "the second convolution with its pool, in e4m3", first);
  }

  Backend& backend_;
  DType type_;
  std::vector<Buffer> buffers_;
  std::vector<CheckedOutput> outputs_;
};

double relative_error(const std::vector<float>& got, const std::vector<float>& wanted) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    difference += std::pow(static_cast<double>(got[i]) - static_cast<double>(wanted[i]), 2);
    size += std::pow(static_cast<double>(wanted[i]), 2);
  }
  return std::sqrt(difference / size);
}

}  // namespace

std::vector<CheckedOutput> checked_outputs(Backend& backend) { return SelfCheck(backend).run(); }

void compare_outputs(const Backend& backend, const std::vector<CheckedOutput>& got,
                     const std::vector<CheckedOutput>& wanted) {
  const double allowed = compute_type(backend.precision()) == DType::bf16 ? 1e-2 : 1e-5;
  expect(got.size() == wanted.size(), "the self-check of {} has {} outputs and not {}", backend.description(),
         got.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double error = relative_error(got[i].values, wanted[i].values);
    expect(error <= allowed,  // NaN is not
           "the self-check of {} failed: {} differs by {:.2g} from what it must be. Its numbers cannot be "
           "trusted; use --device cpu, and another version of cuDNN or of the driver",
           backend.description(), wanted[i].name, error);
  }
}

void self_check(Backend& backend, Backend& definition) {
  compare_outputs(backend, checked_outputs(backend), checked_outputs(definition));
}

}  // namespace c3d::cuda
