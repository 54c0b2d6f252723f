// Each op of the Backend refuses what does not fit, with its name, before a backend computes. The checks are
// the same for all backends.
#include <string>
#include <vector>

#include "catch.h"
#include "kernels/reference/reference_backend.h"
#include "tests/support/array.h"

namespace c3d {
namespace {

constexpr Conv3dGeometry kOneTap{.kernel = {1, 1, 1}, .pad = {0, 0, 0}};
constexpr Pool3dGeometry kPairs{.kernel = {1, 1, 2}, .stride = {1, 1, 2}};
constexpr Activation kNone = Activation::none;

template <typename T>
Array<T> zeros(const Shape& shape) {
  return {shape, std::vector<T>(static_cast<std::size_t>(shape.count()))};
}

// Arguments that fit together: a clip of 1 x 1 x 4 with 2 channels gives 3, pooled in pairs along W. Those
// that begin with half_ have a type that a backend of f32 does not compute in.
struct Arguments {
  std::unique_ptr<Backend> backend = make_reference_backend();
  Floats x = zeros<float>({1, 1, 1, 4, 2}), y = zeros<float>({1, 1, 1, 4, 3}), dx = x;
  Floats filter = zeros<float>({3, 1, 1, 1, 2}), bias = zeros<float>({3}), dfilter = filter, dbias = bias;
  Floats pooled = zeros<float>({1, 1, 1, 2, 3}), dpooled = pooled, scalar = zeros<float>({1});
  Bytes argmax = zeros<std::uint8_t>({1, 1, 1, 2, 3}), short_argmax = zeros<std::uint8_t>({1, 1, 1, 1, 3});
  Array<BFloat16> half_x = zeros<BFloat16>({1, 1, 1, 4, 2}), half_y = zeros<BFloat16>({1, 1, 1, 4, 3}),
                  half_filter = zeros<BFloat16>({3, 1, 1, 1, 2}), half_bias = zeros<BFloat16>({3}),
                  half_pooled = zeros<BFloat16>({1, 1, 1, 2, 3});
};

void check_refused(const std::string& message, const std::string& op, const std::string& what) {
  CHECK_THAT(message, Catch::StartsWith(op + ": ") && Catch::Contains(what));
}

}  // namespace

TEST_CASE("copy_parts puts its parts one after the other and refuses what does not fit") {
  const auto backend = make_reference_backend();
  Array<float> one{{2}, {1, 2}}, other{{1, 3}, {3, 4, 5}}, whole = zeros<float>({5});
  const std::vector<ConstTensor> parts{one, other};
  backend->copy_parts(parts, whole);
  CHECK(whole.values == std::vector<float>{1, 2, 3, 4, 5});
  Array<float> small = zeros<float>({4});
  CHECK_THROWS_AS(backend->copy_parts(parts, small), Error);
  Array<std::int32_t> words = zeros<std::int32_t>({5});
  CHECK_THROWS_AS(backend->copy_parts(parts, words), Error);
}

TEST_CASE("conv3d_forward refuses what does not fit") {
  Arguments a;
  const auto call = [&](ConstTensor x, ConstTensor filter, ConstTensor bias, Tensor y) {
    return message_of([&] { a.backend->conv3d_forward(kOneTap, kNone, x, filter, bias, y); });
  };
  CHECK(call(a.x, a.filter, a.bias, a.y) == "no error");
  check_refused(call(a.x, a.filter, a.bias, a.pooled), "conv3d", "but y is");
  check_refused(call(a.scalar, a.filter, a.bias, a.y), "conv3d", "5 dimensions");
  check_refused(call(a.half_x, a.filter, a.bias, a.y), "conv3d", "x must be f32");
  check_refused(call(a.x, a.half_filter, a.bias, a.y), "conv3d", "filter must be f32");
  check_refused(call(a.x, a.filter, {}, a.y), "conv3d", "bias is missing");
  check_refused(call(a.x, a.filter, a.scalar, a.y), "conv3d", "bias must be f32 [3]");
  check_refused(call(a.x, a.filter, a.bias, a.half_y), "conv3d", "y must be f32");
}

TEST_CASE("conv3d_backward_data refuses what does not fit") {
  Arguments a;
  const auto call = [&](ConstTensor filter, ConstTensor dy, Tensor dx) {
    return message_of([&] { a.backend->conv3d_backward_data(kOneTap, filter, dy, dx); });
  };
  CHECK(call(a.filter, a.y, a.dx) == "no error");
  check_refused(call(a.filter, a.y, a.pooled), "conv3d", "input has 3 channels");
  check_refused(call(a.filter, a.y, {}), "conv3d", "5 dimensions");
  check_refused(call(a.filter, a.half_y, a.dx), "conv3d", "dy must be f32");
  check_refused(call(a.filter, a.y, a.half_x), "conv3d", "dx must be f32");
}

TEST_CASE("conv3d_backward_filter refuses what does not fit") {
  Arguments a;
  const auto call = [&](ConstTensor x, ConstTensor dy, Tensor dfilter, Tensor dbias) {
    return message_of([&] { a.backend->conv3d_backward_filter(kOneTap, x, dy, dfilter, dbias); });
  };
  CHECK(call(a.x, a.y, a.dfilter, a.dbias) == "no error");
  CHECK(call(a.x, a.y, {}, {}) == "no error");
  check_refused(call(a.x, a.scalar, a.dfilter, a.dbias), "conv3d", "5 dimensions");
  check_refused(call(a.x, a.pooled, a.dfilter, a.dbias), "conv3d", "but y is");
  check_refused(call(a.half_x, a.y, a.dfilter, a.dbias), "conv3d", "x must be f32");
  check_refused(call(a.x, a.y, a.half_filter, a.dbias), "conv3d", "dfilter must be f32");
  check_refused(call(a.x, a.y, a.dfilter, a.scalar), "conv3d", "dbias must be f32 [3]");
}

TEST_CASE("max_pool3d_forward refuses what does not fit") {
  Arguments a;
  const auto call = [&](ConstTensor x, Tensor y, Tensor argmax) {
    return message_of([&] { a.backend->max_pool3d_forward(kPairs, x, y, argmax); });
  };
  CHECK(call(a.y, a.pooled, a.argmax) == "no error");
  CHECK(call(a.y, a.pooled, {}) == "no error");
  check_refused(call(a.y, a.y, a.argmax), "max_pool3d", "but y is");
  check_refused(call(a.half_y, a.pooled, a.argmax), "max_pool3d", "x must be f32");
  check_refused(call(a.y, a.pooled, a.short_argmax), "max_pool3d", "argmax must be u8");
}

TEST_CASE("max_pool3d_backward refuses what does not fit") {
  Arguments a;
  const auto call = [&](ConstTensor argmax, ConstTensor dy, Tensor dx) {
    return message_of([&] { a.backend->max_pool3d_backward(kPairs, argmax, dy, dx); });
  };
  CHECK(call(a.argmax, a.pooled, a.y) == "no error");
  check_refused(call(a.argmax, a.pooled, a.dx), "max_pool3d", "but y is");
  check_refused(call({}, a.pooled, a.y), "max_pool3d", "argmax is missing");
  check_refused(call(a.argmax, a.half_pooled, a.y), "max_pool3d", "dy must be f32");
}

TEST_CASE("conv3d_max_pool3d_forward refuses what does not fit") {
  Arguments a;
  const auto call = [&](ConstTensor x, ConstTensor filter, ConstTensor bias, Tensor y, Tensor argmax) {
    return message_of(
        [&] { a.backend->conv3d_max_pool3d_forward(kOneTap, kPairs, x, filter, bias, y, argmax); });
  };
  CHECK(call(a.x, a.filter, a.bias, a.pooled, a.argmax) == "no error");
  CHECK(call(a.x, a.filter, a.bias, a.pooled, {}) == "no error");
  check_refused(call(a.x, a.scalar, a.bias, a.pooled, a.argmax), "conv3d_max_pool3d", "5 axes");
  check_refused(call(a.y, a.filter, a.bias, a.pooled, a.argmax), "conv3d", "input has 3 channels");
  check_refused(call(a.x, a.filter, a.bias, a.y, a.argmax), "max_pool3d", "but y is");
  check_refused(call(a.half_x, a.filter, a.bias, a.pooled, a.argmax), "conv3d_max_pool3d", "x must be f32");
  check_refused(call(a.x, a.filter, a.bias, a.pooled, a.short_argmax), "conv3d_max_pool3d",
                "argmax must be u8");
}

TEST_CASE("conv3d_max_pool3d_backward refuses what does not fit") {
  Arguments a;
  struct Call {
    ConstTensor x, filter, argmax, y, dy;
    Tensor dx, dfilter, dbias;
  };
  const Call good{a.x, a.filter, a.argmax, a.pooled, a.dpooled, a.dx, a.dfilter, a.dbias};
  const auto call = [&](const std::function<void(Call&)>& spoil) {
    Call c = good;
    spoil(c);
    return message_of([&] {
      a.backend->conv3d_max_pool3d_backward(kOneTap, kPairs, c.x, c.filter, c.argmax, c.y, c.dy, c.dx,
                                            c.dfilter, c.dbias);
    });
  };
  const char* const op = "conv3d_max_pool3d";
  CHECK(call([](Call&) {}) == "no error");
  CHECK(call([](Call& c) { c.dx = c.dfilter = c.dbias = {}; }) == "no error");
  check_refused(call([&](Call& c) { c.x = a.scalar; }), op, "5 axes");
  check_refused(call([&](Call& c) { c.x = a.y; }), "conv3d", "input has 3 channels");
  check_refused(call([&](Call& c) { c.dy = a.y; }), "max_pool3d", "but y is");
  check_refused(call([&](Call& c) { c.x = a.half_x; }), op, "x must be f32");
  check_refused(call([&](Call& c) { c.filter = a.half_filter; }), op, "filter must be f32");
  check_refused(call([&](Call& c) { c.argmax = {}; }), op, "argmax is missing");
  check_refused(call([&](Call& c) { c.argmax = a.short_argmax; }), op, "argmax must be u8");
  check_refused(call([&](Call& c) { c.y = a.y; }), op, "y must be f32 [1, 1, 1, 2, 3]");
  check_refused(call([&](Call& c) { c.dy = a.half_pooled; }), op, "dy must be f32");
  check_refused(call([&](Call& c) { c.dx = a.y; }), op, "dx must be f32 [1, 1, 1, 4, 2]");
  check_refused(call([&](Call& c) { c.dfilter = a.half_filter; }), op, "dfilter must be f32");
  check_refused(call([&](Call& c) { c.dbias = a.scalar; }), op, "dbias must be f32 [3]");
}

TEST_CASE("linear refuses what does not fit") {
  const auto backend = make_reference_backend();
  Floats x = zeros<float>({2, 4}), weight = zeros<float>({3, 4}), bias = zeros<float>({3});
  Floats y = zeros<float>({2, 3}), dx = x, dweight = weight, dbias = bias;
  Array<BFloat16> half_x = zeros<BFloat16>({2, 4}), half_weight = zeros<BFloat16>({3, 4});
  const auto forward = [&](ConstTensor from, ConstTensor w, ConstTensor b, Tensor to) {
    return message_of([&] { backend->linear_forward(kNone, from, w, b, to); });
  };
  CHECK(forward(x, weight, bias, y) == "no error");
  check_refused(forward(x, y, bias, y), "linear", "do not fit together");
  check_refused(forward(half_x, weight, bias, y), "linear", "x must be f32");
  check_refused(forward(x, weight, x, y), "linear", "bias must be f32 [3]");

  const auto backward = [&](ConstTensor from, Tensor to_x, Tensor to_weight, Tensor to_bias) {
    return message_of([&] { backend->linear_backward(from, weight, y, to_x, to_weight, to_bias); });
  };
  CHECK(backward(x, dx, dweight, dbias) == "no error");
  check_refused(backward(y, dx, dweight, dbias), "linear", "do not fit together");
  check_refused(backward(half_x, dx, dweight, dbias), "linear", "x must be f32");
  check_refused(backward(x, y, dweight, dbias), "linear", "dx must be f32 [2, 4]");
  check_refused(backward(x, dx, half_weight, dbias), "linear", "dweight must be f32");
  check_refused(backward(x, dx, dweight, dx), "linear", "dbias must be f32 [3]");
}

TEST_CASE("elementwise ops refuse what does not fit") {
  Arguments a;
  Backend& backend = *a.backend;
  check_refused(message_of([&] { backend.relu_forward(a.half_x, a.dx); }), "relu", "x must be f32");
  check_refused(message_of([&] { backend.relu_forward(a.x, a.y); }), "relu", "y must be");
  check_refused(message_of([&] { backend.relu_backward(a.half_x, a.dx); }), "relu", "y must be f32");
  check_refused(message_of([&] { backend.relu_backward(a.x, a.y); }), "relu", "dy must be");
  check_refused(message_of([&] { backend.dropout(1, 1.0f, a.x, a.dx); }), "dropout", "probability 1");
  check_refused(message_of([&] { backend.dropout(1, 0.5f, a.x, a.y); }), "dropout", "y must be");
  check_refused(message_of([&] { backend.dropout(1, 0.5f, a.half_x, a.dx); }), "dropout", "x must be");
  check_refused(message_of([&] { backend.accumulate(a.x, a.y); }), "accumulate", "y must be");
  check_refused(message_of([&] { backend.accumulate(a.x, a.half_x); }), "accumulate", "y must be f32");
  check_refused(message_of([&] { backend.accumulate(a.argmax, a.argmax); }), "accumulate", "u8");
  check_refused(message_of([&] { backend.copy(a.x, a.y); }), "copy", "[1, 1, 1, 4, 3]");
  check_refused(message_of([&] { backend.copy(a.x, a.half_x); }), "copy", "bf16");
}

TEST_CASE("softmax_cross_entropy refuses what does not fit") {
  const auto backend = make_reference_backend();
  Floats logits = zeros<float>({2, 3}), probabilities = logits, losses = zeros<float>({2}), dlogits = logits;
  const Integers labels({2}, {0, -1}), too_many({3}, {0, 0, 0}), no_class({2}, {0, 3});
  Array<BFloat16> half = zeros<BFloat16>({2, 3});
  const char* const op = "softmax_cross_entropy";
  const auto forward = [&](ConstTensor from, ConstTensor of, Tensor to, Tensor its_losses) {
    return message_of([&] { backend->softmax_cross_entropy_forward({}, from, {of}, to, its_losses); });
  };
  CHECK(forward(logits, labels, probabilities, losses) == "no error");
  CHECK(forward(logits, {}, probabilities, {}) == "no error");
  check_refused(forward(losses, labels, probabilities, losses), op, "must be [N, classes]");
  check_refused(forward(logits, labels, probabilities, {}), op, "come together");
  check_refused(forward(half, labels, probabilities, losses), op, "logits must be f32");
  check_refused(forward(logits, labels, half, losses), op, "probabilities must be f32");
  check_refused(forward(logits, too_many, probabilities, losses), op, "labels must be i32 [2]");
  check_refused(forward(logits, no_class, probabilities, losses), op, "row 1 has label 3");

  const auto backward = [&](ConstTensor from, ConstTensor of, Tensor to) {
    return message_of([&] { backend->softmax_cross_entropy_backward({}, from, {of}, to); });
  };
  CHECK(backward(probabilities, labels, dlogits) == "no error");
  check_refused(backward(probabilities, labels, losses), op, "dlogits must be f32 [2, 3]");
  check_refused(backward(losses, labels, losses), op, "must be [N, classes]");
  check_refused(backward(probabilities, labels, half), op, "dlogits must be f32");
  check_refused(backward(half, labels, dlogits), op, "probabilities must be f32");
  check_refused(backward(probabilities, {}, dlogits), op, "labels is missing");
  check_refused(backward(probabilities, no_class, dlogits), op, "row 1 has label 3");
}

TEST_CASE("softmax_cross_entropy refuses a rule or a mixture that means nothing") {
  const auto backend = make_reference_backend();
  Floats logits = zeros<float>({2, 3}), probabilities = logits, losses = zeros<float>({2});
  const Integers labels({2}, {0, -1}), second({2}, {2, -1}), no_class({2}, {3, -1});
  const Floats mix({2}, {0.25f, 2}), shares({2}, {0.25f, 1}), weights({3}, {1, 0, 2}), few({2}, {1, 1}),
      negative({3}, {1, -1, 2});
  const char* const op = "softmax_cross_entropy";
  const auto call = [&](const CrossEntropyRule& rule, const CrossEntropyTargets& targets) {
    return message_of(
        [&] { backend->softmax_cross_entropy_forward(rule, logits, targets, probabilities, losses); });
  };
  CHECK(call({0.1f, 2, weights}, {labels, second, shares}) == "no error");
  check_refused(call({1, 0, {}}, {labels}), op, "smoothing of 1 is not in");
  check_refused(call({0, -1, {}}, {labels}), op, "the focal gamma is -1, but it must be a number from 0 on");
  check_refused(call({0, 0, few}, {labels}), op, "class weights must be f32 [3]");
  check_refused(call({0, 0, negative}, {labels}), op, "class 1 has weight -1");
  check_refused(call({}, {labels, second, {}}), op, "come together");
  check_refused(call({}, {labels, no_class, shares}), op, "row 0 has label 3");
  check_refused(call({}, {labels, second, mix}), op, "row 1 has a mix of 2");
}

TEST_CASE("sigmoid_cross_entropy refuses what does not fit") {
  const auto backend = make_reference_backend();
  Floats logits = zeros<float>({2, 3}), probabilities = logits, losses = zeros<float>({2}), dlogits = logits;
  const Floats targets = zeros<float>({2, 3}), few = zeros<float>({2}), weights({3}, {1, 2, 3});
  const Floats large({2, 3}, {0, 1, -1, 0, 1.5f, 0});
  Array<BFloat16> half = zeros<BFloat16>({2, 3});
  const char* const op = "sigmoid_cross_entropy";
  const auto forward = [&](ConstTensor weighted, ConstTensor from, ConstTensor to, Tensor its_losses) {
    return message_of(
        [&] { backend->sigmoid_cross_entropy_forward(weighted, from, to, probabilities, its_losses); });
  };
  CHECK(forward(weights, logits, targets, losses) == "no error");
  CHECK(forward({}, logits, {}, {}) == "no error");
  check_refused(forward({}, losses, targets, losses), op, "must be [N, classes]");
  check_refused(forward({}, logits, targets, {}), op, "come together");
  check_refused(forward({}, half, targets, losses), op, "logits must be f32");
  check_refused(forward({}, logits, few, losses), op, "targets must be f32 [2, 3]");
  check_refused(forward({}, logits, large, losses), op, "row 1 has a target of 1.5");
  check_refused(forward(few, logits, targets, losses), op, "positive weights must be f32 [3]");

  const auto backward = [&](ConstTensor from, ConstTensor of, Tensor to) {
    return message_of([&] { backend->sigmoid_cross_entropy_backward({}, from, of, to); });
  };
  CHECK(backward(probabilities, targets, dlogits) == "no error");
  check_refused(backward(half, targets, dlogits), op, "probabilities must be f32");
  check_refused(backward(probabilities, {}, dlogits), op, "targets is missing");
  check_refused(backward(probabilities, targets, half), op, "dlogits must be f32");
}

TEST_CASE("normalize_clip refuses what does not fit") {
  const auto backend = make_reference_backend();
  const Bytes frames = zeros<std::uint8_t>({1, 1, 3, 4, 3}), grey = zeros<std::uint8_t>({1, 1, 3, 4, 1});
  const Floats mean = zeros<float>({3}), odd_mean = zeros<float>({4});
  const Integers crops({1, 3}, {0, 0, 0}), outside({1, 3}, {2, 0, 0}), short_crops({1, 2}, {0, 0});
  Floats x = zeros<float>({1, 1, 2, 2, 8});
  Array<BFloat16> half = zeros<BFloat16>({1, 1, 2, 2, 8});
  const auto call = [&](ConstTensor from, ConstTensor subtracted, ConstTensor cut, Tensor to) {
    return message_of([&] { backend->normalize_clip({}, from, subtracted, cut, to); });
  };
  CHECK(call(frames, mean, crops, x) == "no error");
  check_refused(call(grey, mean, crops, x), "normalize_clip", "do not give clips");
  check_refused(call(x, mean, crops, x), "normalize_clip", "frames must be u8");
  check_refused(call(frames, odd_mean, crops, x), "normalize_clip", "the mean must be [3]");
  check_refused(call(frames, frames, crops, x), "normalize_clip", "mean must be f32");
  check_refused(call(frames, mean, short_crops, x), "normalize_clip", "crops must be i32 [1, 3]");
  check_refused(call(frames, mean, outside, x), "normalize_clip", "leaves the frame");
  check_refused(call(frames, mean, crops, half), "normalize_clip", "x must be f32");
}

TEST_CASE("ops of all parameters refuse what does not fit") {
  const auto backend = make_reference_backend(Precision::bf16);
  Floats values = zeros<float>({5}), gradients = values, velocity = values, longer = zeros<float>({6});
  Floats scalar = zeros<float>({1});
  Array<BFloat16> copy = zeros<BFloat16>({5}), short_copy = zeros<BFloat16>({4});
  Floats squares = values;
  const char* const op = "optimizer";
  const OptimizerArrays good{values, gradients, velocity, {}, {}, copy};
  const auto step = [&](const OptimizerStep& rule, const std::function<void(OptimizerArrays&)>& spoil) {
    OptimizerArrays arrays = good;
    spoil(arrays);
    return message_of([&] { backend->optimizer_step(rule, arrays); });
  };
  const auto keep = [](OptimizerArrays&) {};
  const OptimizerStep adamw{.rule = OptimizerRule::adamw, .beta2 = 0.9f, .epsilon = 1};
  CHECK(step({}, keep) == "no error");
  CHECK(step(adamw, [&](auto& a) { a.second_moment_in_place = squares; }) == "no error");
  check_refused(step({}, [&](auto& a) { a.parameters_in_place = copy; }), op, "parameters must be f32");
  check_refused(step({}, [&](auto& a) { a.gradients = longer; }), op, "gradients must be f32 [5]");
  check_refused(step({}, [&](auto& a) { a.velocity_in_place = longer; }), op, "velocity must be f32 [5]");
  check_refused(step({}, [&](auto& a) { a.bf16_copy = short_copy; }), op, "the bf16 copy must be");
  check_refused(step({}, [&](auto& a) { a.average_in_place = longer; }), op, "average must be f32 [5]");
  check_refused(step(adamw, keep), op, "adamw has a second moment");
  check_refused(step({}, [&](auto& a) { a.second_moment_in_place = squares; }), op, "and no other rule");
  check_refused(step(adamw, [&](auto& a) { a.second_moment_in_place = longer; }), op,
                "second moment must be f32 [5]");
  check_refused(step({.clip_norm = 1}, keep), op, "gradient_norm_squared is missing");
  const std::vector<OptimizerRange> beyond{{.first = 2, .last = 6}};
  check_refused(step({.ranges = beyond}, keep), op, "elements 2 to 6");

  check_refused(message_of([&] { backend->sum_of_squares(copy, scalar); }), "sum_of_squares",
                "values must be f32");
  check_refused(message_of([&] { backend->sum_of_squares(values, longer); }), "sum_of_squares",
                "scalar must be f32 [1]");
  check_refused(message_of([&] { backend->parameters_changed(values, short_copy); }), "parameters_changed",
                "the bf16 copy must be");
  check_refused(message_of([&] { backend->parameters_changed(copy, copy); }), "parameters_changed",
                "values must be f32");
}

}  // namespace c3d
