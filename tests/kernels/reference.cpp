// The rest of the reference backend against numbers worked out by hand: dropout, loss, clips, parameters,
// memory, errors.
#include "kernels/reference/reference_backend.h"

#include <cmath>
#include <thread>
#include <vector>

#include "catch.h"
#include "engine/core/philox.h"
#include "tests/support/array.h"

namespace c3d {
namespace {

constexpr Conv3dGeometry kThreeInARow{.kernel = {1, 1, 3}, .pad = {0, 0, 1}};

TEST_CASE("dropout zeroes what the counter says and scales the rest") {
  const auto backend = make_reference_backend();
  backend->begin_step({.seed = 5, .step = 9, .first_row = 0});
  const Floats x({6, 10}, std::vector<float>(60, 3.0f));
  Floats y({6, 10});
  backend->dropout(4, 0.25f, x, y);
  int dropped = 0;
  for (std::size_t i = 0; i < 60; ++i) {
    const bool drops = dropout_drops(5, 9, 4, i, 0.25f);
    CHECK(y.values[i] == (drops ? 0.0f : 4.0f));
    dropped += drops ? 1 : 0;
  }
  CHECK(dropped > 5);
  CHECK(dropped < 30);

  // The last two rows as a part of their own.
  backend->begin_step({.seed = 5, .step = 9, .first_row = 4});
  Floats part({2, 10});
  backend->dropout(4, 0.25f, Floats({2, 10}, std::vector<float>(20, 3.0f)), part);
  CHECK(part.values == std::vector<float>(y.values.begin() + 40, y.values.end()));

  backend->begin_step({.seed = 5, .step = 10, .first_row = 4});
  Floats next({2, 10});
  backend->dropout(4, 0.25f, Floats({2, 10}, std::vector<float>(20, 3.0f)), next);
  CHECK(next.values != part.values);
}

TEST_CASE("softmax cross-entropy gives the probabilities and losses worked out by hand") {
  const auto backend = make_reference_backend();
  backend->begin_step({.loss_scale = 0.5f});
  const float z = std::log(3.0f);  // probabilities 1/4 and 3/4
  const Floats logits({3, 2}, {0, z, 1000, 1000 + z, 0, z});
  const Integers labels({3}, {0, 1, -1});
  Floats probabilities({3, 2}), losses({3}), dlogits({3, 2});
  backend->softmax_cross_entropy_forward({}, logits, {labels}, probabilities, losses);
  for (std::size_t row = 0; row < 3; ++row) {
    CHECK(probabilities.values[2 * row] == Approx(0.25).epsilon(1e-4));
    CHECK(probabilities.values[2 * row + 1] == Approx(0.75).epsilon(1e-4));
  }
  CHECK(losses.values[0] == Approx(std::log(4.0)));
  CHECK(losses.values[1] == Approx(std::log(4.0 / 3.0)).epsilon(1e-4));
  CHECK(losses.values[2] == 0);  // a padding row

  backend->softmax_cross_entropy_backward({}, probabilities, {labels}, dlogits);
  CHECK(dlogits.values[0] == Approx(0.5 * (0.25 - 1)));
  CHECK(dlogits.values[1] == Approx(0.5 * 0.75));
  CHECK(dlogits.values[4] == 0);
  CHECK(dlogits.values[5] == 0);

  // Smoothing 0.2 over 2 classes: targets 0.9 and 0.1.
  backend->softmax_cross_entropy_forward({.label_smoothing = 0.2f}, logits, {labels}, probabilities, losses);
  CHECK(losses.values[0] == Approx(0.9 * std::log(4.0) + 0.1 * std::log(4.0 / 3.0)));
  backend->softmax_cross_entropy_backward({.label_smoothing = 0.2f}, probabilities, {labels}, dlogits);
  CHECK(dlogits.values[0] == Approx(0.5 * (0.25 - 0.9)));
  CHECK(dlogits.values[1] == Approx(0.5 * (0.75 - 0.1)));
}

TEST_CASE("normalizing crops, mirrors, subtracts the mean of the source position and reorders colours") {
  const auto backend = make_reference_backend();
  // One frame of 2 x 3: pixel p has colours 10 p, 10 p + 1, 10 p + 2.
  Bytes frames({1, 1, 2, 3, 3});
  for (std::size_t i = 0; i < 18; ++i) frames.values[i] = static_cast<std::uint8_t>(10 * (i / 3) + i % 3);
  Floats x({1, 1, 1, 2, 8});
  // The lower row, from column 1: pixels 4 and 5.
  const Normalization rgb{.order = ColourOrder::rgb, .scale = 0.5f};
  backend->normalize_clip(rgb, frames, Floats({3}, {0, 1, 2}), Integers({1, 3}, {1, 1, 0}), x);
  CHECK(x.values == std::vector<float>{20, 20, 20, 0, 0, 0, 0, 0, 25, 25, 25, 0, 0, 0, 0, 0});
  backend->normalize_clip(rgb, frames, Floats({3}, {0, 1, 2}), Integers({1, 3}, {1, 1, 1}), x);
  CHECK(x.values == std::vector<float>{25, 25, 25, 0, 0, 0, 0, 0, 20, 20, 20, 0, 0, 0, 0, 0});
  // The mean is given in the wanted order.
  const Normalization bgr{.order = ColourOrder::bgr, .scale = 1};
  backend->normalize_clip(bgr, frames, Floats({3}, {2, 1, 0}), Integers({1, 3}, {1, 1, 0}), x);
  CHECK(x.values == std::vector<float>{40, 40, 40, 0, 0, 0, 0, 0, 50, 50, 50, 0, 0, 0, 0, 0});
  Floats cube({1, 2, 3, 3}, std::vector<float>(18));
  for (std::size_t i = 0; i < 18; ++i) {
    const std::size_t pixel = i / 3;
    cube.values[i] = static_cast<float>(10 * pixel + 2 - i % 3);
  }
  backend->normalize_clip(bgr, frames, cube, Integers({1, 3}, {1, 1, 1}), x);
  CHECK(x.values == std::vector<float>(16, 0.0f));
}

TEST_CASE("sgd takes the steps of both forms") {
  const auto backend = make_reference_backend();
  const Floats gradients({3}, {1, 1, 1});
  const std::vector<OptimizerRange> ranges{
      {.first = 0, .last = 1}, {.first = 1, .last = 2, .learning_rate_scale = 2, .weight_decay_scale = 0}};
  OptimizerStep sgd{.momentum = 0.5f, .weight_decay = 0.25f, .gradient_norm_squared = {}, .ranges = ranges};

  Floats values({3}, {4, 4, 4}), velocity({3}, {0, 0, 0});
  backend->begin_step({.learning_rate = 0.5f});
  backend->optimizer_step(sgd, {values, gradients, velocity});
  CHECK(velocity.values == std::vector<float>{2, 1, 0});  // 1 + 0.25 * 4, no decay, no range
  CHECK(values.values == std::vector<float>{3, 3, 4});
  backend->begin_step({.learning_rate = 0.25f});
  backend->optimizer_step(sgd, {values, gradients, velocity});
  CHECK(velocity.values == std::vector<float>{0.5f * 2 + 1 + 0.25f * 3, 1.5f, 0});
  CHECK(values.values == std::vector<float>{3 - 0.25f * 2.75f, 3 - 0.5f * 1.5f, 4});

  // Caffe: a rate that falls leaves what is in the velocity as it is.
  sgd.rule = OptimizerRule::caffe;
  values.values = {4, 4, 4};
  velocity.values = {0, 0, 0};
  backend->begin_step({.learning_rate = 0.5f});
  backend->optimizer_step(sgd, {values, gradients, velocity});
  CHECK(velocity.values == std::vector<float>{1, 1, 0});
  CHECK(values.values == std::vector<float>{3, 3, 4});
  backend->begin_step({.learning_rate = 0.25f});
  backend->optimizer_step(sgd, {values, gradients, velocity});
  CHECK(velocity.values == std::vector<float>{0.5f + 0.25f * 1.75f, 0.5f + 0.5f, 0});
  CHECK(values.values == std::vector<float>{3 - 0.9375f, 2, 4});
}

TEST_CASE("sgd scales gradients down to the largest norm, before decay, and writes the bf16 copy") {
  const auto backend = make_reference_backend(Precision::bf16);
  const Floats gradients({2}, {3, 4});
  Floats values({2}, {1, 1}), velocity({2}, {0, 0}), norm({1});
  Array<BFloat16> copy({2}, {BFloat16{0}, BFloat16{0}});
  backend->sum_of_squares(gradients, norm);
  CHECK(norm.values[0] == 25);
  const std::vector<OptimizerRange> ranges{{.first = 0, .last = 2}};
  OptimizerStep sgd{.weight_decay = 1, .clip_norm = 2.5f, .gradient_norm_squared = norm, .ranges = ranges};
  backend->begin_step({.learning_rate = 1.0f / 256});
  backend->optimizer_step(sgd, {values, gradients, velocity, {}, {}, copy});
  CHECK(velocity.values == std::vector<float>{1.5f + 1, 2 + 1});
  CHECK(values.values == std::vector<float>{1 - 2.5f / 256, 1 - 3.0f / 256});
  CHECK(copy.values[1] == to_bfloat16(1 - 3.0f / 256));
  sgd.clip_norm = 6;  // above the norm: nothing is scaled
  values.values = {1, 1};
  velocity.values = {0, 0};
  backend->optimizer_step(sgd, {values, gradients, velocity, {}, {}, copy});
  CHECK(velocity.values == std::vector<float>{4, 5});
}

TEST_CASE("bf16 rounds what is stored and nothing before") {
  const auto backend = make_reference_backend(Precision::bf16);
  // 1 + 64 * 2^-9: each addend alone would be lost in a bf16 sum.
  const std::int64_t inputs = 65;
  const std::vector<BFloat16> ones(65, to_bfloat16(1));
  Array<BFloat16> x({1, inputs}, ones),
      weight({1, inputs}, std::vector<BFloat16>(65, to_bfloat16(0.001953125f)));
  weight.values[0] = to_bfloat16(1);
  const Array<BFloat16> bias({1}, {to_bfloat16(0)});
  Array<BFloat16> y({1, 1}, {to_bfloat16(0)});
  backend->linear_forward(Activation::none, x, weight, bias, y);
  CHECK(to_float(y.values[0]) == 1.125f);

  Array<BFloat16> sum({2}, {to_bfloat16(1), to_bfloat16(256)});
  backend->accumulate(Array<BFloat16>({2}, {to_bfloat16(2), to_bfloat16(1)}), sum);
  CHECK(to_float(sum.values[0]) == 3);
  CHECK(to_float(sum.values[1]) == 256);  // 257 is a tie, and rounds to even
}

TEST_CASE("the bf16 copy follows the parameters") {
  const auto backend = make_reference_backend(Precision::bf16);
  const Floats values({2}, {1.0f, 3.14159274f});
  Array<BFloat16> copy({2}, {BFloat16{0}, BFloat16{0}});
  backend->parameters_changed(values, copy);
  CHECK(copy.values == std::vector<BFloat16>{to_bfloat16(1.0f), to_bfloat16(3.14159274f)});
}

TEST_CASE("memory is aligned, copied and cleared") {
  const auto backend = make_reference_backend();
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{63}, std::size_t{4096}}) {
    const Buffer buffer = backend->allocate(bytes, MemoryKind::device);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
    CHECK(buffer.bytes() == bytes);
  }
  const Floats from({2, 2}, {1, 2, 3, 4});
  Floats to({4});
  backend->copy(from, to);
  CHECK(to.values == from.values);
  backend->zero(Tensor(to).rows(1, 2));
  CHECK(to.values == std::vector<float>{1, 0, 0, 4});
}

TEST_CASE("marks stand in the order they were set") {
  const auto backend = make_reference_backend();
  const Event first = backend->record_event();
  std::this_thread::yield();
  const Event second = backend->record_event();
  CHECK(backend->reached(first));
  backend->wait(second);
  CHECK(backend->milliseconds(first, second) >= 0);
  CHECK(backend->milliseconds(second, first) <= 0);
  CHECK(message_of([&] { backend->wait(Event()); }) == "reference: this event was never recorded");
}

TEST_CASE("tf32 is refused") {
  CHECK(message_of([] { make_reference_backend(Precision::tf32); }) ==
        "the reference backend computes in f32, bf16 or fp8: tf32 exists on CUDA devices only");
}

TEST_CASE("what does not fit together is refused with its values") {
  const auto backend = make_reference_backend();
  Floats y({1, 1, 1, 3, 1}), x({1, 1, 1, 3, 2}), filter({1, 1, 1, 3, 1});
  CHECK(message_of([&] {
          backend->conv3d_forward(kThreeInARow, Activation::none, x, filter, Floats({1}), y);
        }) == "conv3d: input has 2 channels, filter expects 1");
  CHECK(message_of([&] { backend->relu_forward(Floats({3}), Tensor(y)); }) ==
        "relu: y must be f32 [3], but it is f32 [1, 1, 1, 3, 1]");
  CHECK(message_of([&] {
          backend->relu_forward(Array<BFloat16>({1}, {BFloat16{0}}), Tensor(y));
        }).starts_with("relu: x must be f32"));
  CHECK(message_of([&] { backend->relu_forward(Floats({3}), Tensor()); }) == "relu: y is missing");
}

TEST_CASE("labels and crops that do not exist are refused") {
  const auto backend = make_reference_backend();
  Floats logits({1, 2}, {0, 0}), losses({1}), probabilities({1, 2});
  const auto loss = [&](int label) {
    return message_of([&] {
      backend->softmax_cross_entropy_forward({}, logits, {Integers({1}, {label})}, probabilities, losses);
    });
  };
  CHECK(loss(1) == "no error");
  CHECK(loss(2) == "softmax_cross_entropy: row 0 has label 2, but there are 2 classes");
  CHECK(loss(-2) == "softmax_cross_entropy: row 0 has label -2, but there are 2 classes");

  const Bytes frames({1, 1, 4, 5, 3});
  Floats x({1, 1, 3, 3, 8});
  const auto crop = [&](int top, int left) {
    return message_of([&] {
      backend->normalize_clip({}, frames, Floats({3}), Integers({1, 3}, {top, left, 0}), x);
    });
  };
  CHECK(crop(1, 2) == "no error");
  CHECK(crop(2, 2) == "normalize_clip: a crop of 3x3 at row 2, column 2 leaves the frame of 4x5");
  CHECK(crop(0, -1) == "normalize_clip: a crop of 3x3 at row 0, column -1 leaves the frame of 4x5");
}

}  // namespace
}  // namespace c3d
