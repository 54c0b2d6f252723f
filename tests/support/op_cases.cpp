#include "tests/support/op_cases.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/ops/conv3d.h"
#include "engine/ops/dropout.h"
#include "engine/ops/linear.h"
#include "engine/ops/max_pool3d.h"
#include "engine/ops/normalize_clip.h"
#include "engine/ops/relu.h"
#include "engine/ops/sigmoid_cross_entropy.h"
#include "model/c3d_layers.h"
#include "tests/support/loss_cases.h"

namespace c3d {
namespace {

using Vars = std::vector<Var>;

constexpr Pool3dGeometry kPool5Pytorch = c3d_layer("conv5b").pool.geometry(Pool5Rule::pytorch);
constexpr Pool3dGeometry kPool5Caffe = c3d_layer("conv5b").pool.geometry(Pool5Rule::caffe);
constexpr Pool3dGeometry kPool1 = c3d_layer("conv1").pool.geometry(Pool5Rule::pytorch);

// Convolutions by their shapes: the filters are scaled as He does, so that results are about as large as x.
struct ConvShape {
  std::int64_t n, d, h, w, c, k;
};

std::vector<OpInput> conv_inputs(const ConvShape& s, const Conv3dGeometry& g, Fill fill = Fill::normal) {
  const std::int64_t valid = g.valid_input_channels;
  const double fan_in = static_cast<double>(g.kernel.volume() * (valid == 0 ? s.c : valid));
  return {{.name = "x", .shape = {s.n, s.d, s.h, s.w, s.c}, .fill = fill, .valid_channels = valid},
          {.name = "filter",
           .shape = {s.k, g.kernel.d, g.kernel.h, g.kernel.w, s.c},
           .kind = InputKind::parameter,
           .fill = fill,
           .scale = std::sqrt(2 / fan_in),
           .valid_channels = valid},
          {.name = "bias", .shape = {s.k}, .kind = InputKind::parameter, .fill = fill, .scale = 0.5}};
}

OpCase conv_case(std::string name, const ConvShape& shape, const Conv3dGeometry& geometry = {},
                 Activation activation = Activation::none) {
  const Extent3 y = output_extent(geometry, {shape.d, shape.h, shape.w});
  const std::int64_t valid = geometry.valid_input_channels == 0 ? shape.c : geometry.valid_input_channels;
  return {.name = "conv3d " + std::move(name),
          .inputs = conv_inputs(shape, geometry),
          .record = [=](Tape& tape, const OpArguments& in) -> Vars {
            return {conv3d(tape, in.vars[0], in.vars[1], in.vars[2], geometry, activation)};
          },
          .gradcheck = activation == Activation::none,
          .multiply_adds =
              static_cast<double>(shape.n * y.volume() * shape.k * valid * geometry.kernel.volume())};
}

// ReLU whose sums are halves, so that none is near its corner.
OpCase exact_relu_case(std::string name, const ConvShape& shape, const Conv3dGeometry& geometry) {
  OpCase result = conv_case(std::move(name), shape, geometry, Activation::relu);
  result.inputs = conv_inputs(shape, geometry, Fill::integers);
  result.inputs[2].fill = Fill::halves;
  result.gradcheck = true;
  return result;
}

OpCase fused_case(std::string name, const ConvShape& shape, const Pool3dGeometry& pool, Fill fill,
                  const Conv3dGeometry& geometry = {}) {
  OpCase result = conv_case("", shape, geometry);
  result.name = "conv3d+relu+max_pool3d " + std::move(name);
  result.inputs = conv_inputs(shape, geometry, fill);
  result.record = [=](Tape& tape, const OpArguments& in) -> Vars {
    return {conv3d_relu_max_pool3d(tape, in.vars[0], in.vars[1], in.vars[2], geometry, pool)};
  };
  result.gradcheck = false;
  result.only_f32 = fill != Fill::integers;
  result.exact_sums = fill == Fill::integers;
  return result;
}

OpCase pool_case(std::string name, const Shape& x, const Pool3dGeometry& pool, Fill fill = Fill::separated) {
  return {.name = "max_pool3d " + std::move(name),
          .inputs = {{.name = "x", .shape = x, .fill = fill}},
          .record = [=](Tape& tape, const OpArguments& in) -> Vars {
            return {max_pool3d(tape, in.vars[0], pool)};
          },
          .tolerance = ToleranceClass::exact,
          .gradcheck = fill == Fill::separated};
}

OpCase linear_case(std::string name, std::int64_t n, std::int64_t inputs, std::int64_t outputs,
                   Activation activation = Activation::none) {
  return {.name = "linear " + std::move(name),
          .inputs = {{.name = "x", .shape = {n, inputs}},
                     {.name = "weight",
                      .shape = {outputs, inputs},
                      .kind = InputKind::parameter,
                      .scale = std::sqrt(2 / static_cast<double>(inputs))},
                     {.name = "bias", .shape = {outputs}, .kind = InputKind::parameter, .scale = 0.5}},
          .record = [=](Tape& tape, const OpArguments& in) -> Vars {
            return {linear(tape, in.vars[0], in.vars[1], in.vars[2], activation)};
          },
          .multiply_adds = static_cast<double>(n * inputs * outputs)};
}

OpCase normalize_case(std::string name, const Shape& mean, const Normalization& normalization) {
  constexpr std::int64_t kHeight = 5, kWidth = 6;
  return {.name = "normalize_clip " + std::move(name),
          .inputs =
              {{.name = "frames", .shape = {3, 2, 9, 11, 3}, .kind = InputKind::frames, .fill = Fill::bytes},
               {.name = "crops",
                .shape = {3, 3},
                .kind = InputKind::integers,
                .fill = Fill::listed,
                .values = {0, 0, 0, 4, 5, 1, 2, 3, 1}},  // both corners, two of three mirrored
               {.name = "mean", .shape = mean, .kind = InputKind::constant, .scale = 100}},
          .record = [=](Tape& tape, const OpArguments& in) -> Vars {
            return {normalize_clip(tape, in.vars[0], in.vars[1], in.constants[0], normalization, kHeight,
                                   kWidth)};
          },
          .tolerance = ToleranceClass::elementwise,
          .gradcheck = false};
}

void append(std::vector<OpCase>& to, std::vector<OpCase> cases) {
  std::move(cases.begin(), cases.end(), std::back_inserter(to));
}

std::vector<OpCase> conv_cases() {
  std::vector<OpCase> cases{
      conv_case("odd sizes", {2, 3, 5, 7, 5, 6}), conv_case("one clip", {1, 4, 6, 5, 8, 8}),
      conv_case("one of everything", {1, 1, 1, 1, 1, 1}),
      conv_case("relu", {2, 3, 5, 4, 8, 7}, {}, Activation::relu),
      conv_case("3 of 8 channels valid", {2, 4, 6, 6, 8, 16}, {.valid_input_channels = 3}),
      conv_case("3 of 8 channels valid, relu", {1, 3, 9, 7, 8, 8}, {.valid_input_channels = 3},
                Activation::relu),
      exact_relu_case("integers, relu", {2, 3, 5, 4, 8, 7}, {}),
      exact_relu_case("integers, 3 of 8 channels valid, relu", {1, 3, 9, 7, 8, 8},
                      {.valid_input_channels = 3}),
      conv_case("stride 2", {2, 5, 7, 6, 4, 6}, {.stride = {2, 2, 2}}),
      conv_case("no padding", {2, 4, 5, 6, 3, 4}, {.pad = {0, 0, 0}}),
      conv_case("1x1x1", {2, 2, 3, 3, 6, 10}, {.kernel = {1, 1, 1}, .pad = {0, 0, 0}}),
      conv_case("1x3x3", {1, 3, 6, 5, 4, 4}, {.kernel = {1, 3, 3}, .pad = {0, 1, 1}}),
      conv_case("no two sides alike", {2, 5, 8, 7, 3, 5},
                {.kernel = {2, 3, 1}, .stride = {1, 2, 3}, .pad = {1, 1, 0}}),
      // oneDNN 3's bf16 backward filter is wrong at depth 2, and only there: what conv5a and conv5b are.
      conv_case("depth 2, 32 channels", {2, 2, 7, 7, 32, 32}),
      conv_case("depth 2, 64 channels, one clip", {1, 2, 7, 7, 64, 64}, {}, Activation::relu),
      conv_case("depth 1", {2, 1, 7, 7, 32, 16}),
      conv_case("wide", {1, 4, 8, 8, 64, 64}, {}, Activation::relu)};
  OpCase first = conv_case("x is data", {2, 3, 6, 6, 8, 8}, {.valid_input_channels = 3}, Activation::relu);
  first.inputs[0].kind = InputKind::data;
  cases.push_back(first);
  OpCase frozen = conv_case("frozen", {2, 3, 4, 5, 8, 8});
  frozen.inputs[1].kind = frozen.inputs[2].kind = InputKind::frozen_parameter;
  cases.push_back(frozen);
  OpCase poisoned = conv_case("relu keeps NaN", {1, 2, 5, 5, 8, 8}, {}, Activation::relu);
  poisoned.inputs[0].nan_at = {8};
  poisoned.gradcheck = false;
  poisoned.only_infer = true;
  cases.push_back(poisoned);
  return cases;
}

std::vector<OpCase> pool_cases() {
  std::vector<OpCase> cases{
      pool_case("2x2x2", {2, 4, 6, 8, 8}, {}),
      pool_case("1x2x2", {1, 3, 6, 4, 5}, kPool1),
      pool_case("odd sizes", {2, 5, 7, 9, 3}, {}),
      pool_case("of two vectors and a rest", {1, 3, 5, 7, 40}, {}),
      pool_case("padded beside", {1, 2, 4, 5, 17},
                {.kernel = {1, 2, 2}, .stride = {1, 2, 2}, .pad_before = {0, 1, 1}, .pad_after = {0, 0, 1}}),
      pool_case("pool5 as pytorch", {2, 2, 7, 7, 8}, kPool5Pytorch),
      pool_case("pool5 as caffe", {2, 2, 7, 7, 8}, kPool5Caffe),
      pool_case("all of it", {1, 2, 3, 4, 16}, {.kernel = {2, 3, 4}, .stride = {2, 3, 4}}),
      pool_case("ties", {2, 4, 6, 6, 8}, {}, Fill::integers)};
  OpCase overlapping = pool_case("overlapping", {2, 5, 7, 7, 4},
                                 {.kernel = {3, 3, 3}, .pad_before = {1, 1, 1}, .pad_after = {1, 1, 1}});
  overlapping.tolerance = ToleranceClass::elementwise;  // gradients add up
  cases.push_back(overlapping);
  OpCase poisoned = pool_case("keeps NaN", {1, 2, 4, 4, 3}, {});
  poisoned.inputs[0].nan_at = {0, 50};
  poisoned.gradcheck = false;
  cases.push_back(poisoned);
  return cases;
}

// What a rounding may turn (which of two sums is larger) is compared in f32 alone; small integers make every
// sum exact.
std::vector<OpCase> fused_cases() {
  std::vector<OpCase> cases{
      fused_case("conv1 and pool1", {2, 3, 6, 8, 8, 8}, kPool1, Fill::normal, {.valid_input_channels = 3}),
      fused_case("2x2x2, odd sizes", {2, 5, 7, 5, 4, 6}, {}, Fill::normal),
      fused_case("pool5 as pytorch", {2, 2, 7, 7, 8, 8}, kPool5Pytorch, Fill::normal),
      fused_case("pool5 as caffe", {1, 2, 7, 7, 8, 8}, kPool5Caffe, Fill::normal),
      fused_case("integers, conv1 and pool1", {3, 2, 8, 8, 8, 16}, kPool1, Fill::integers,
                 {.valid_input_channels = 3}),
      fused_case("integers, conv1 of 64 filters and pool1", {2, 3, 6, 20, 8, 64}, kPool1, Fill::integers,
                 {.valid_input_channels = 3}),
      fused_case("integers, conv1 of 64 filters over several tiles and pool1", {3, 5, 10, 118, 8, 64}, kPool1,
                 Fill::integers, {.valid_input_channels = 3}),
      fused_case("integers, 2x2x2", {2, 4, 6, 8, 8, 16}, {}, Fill::integers),
      fused_case("integers, pool5 as pytorch", {1, 2, 7, 7, 16, 16}, kPool5Pytorch, Fill::integers),
      fused_case("integers, pool5 as caffe", {2, 2, 7, 7, 8, 16}, kPool5Caffe, Fill::integers),
      fused_case("a few windows", {1, 2, 4, 4, 2, 3}, {}, Fill::normal)};
  cases.back().gradcheck = true;             // so few sums that no two of a window are close
  std::vector<OpCase> first_layers = cases;  // the clip wants no gradient
  std::erase_if(first_layers, [](const OpCase& c) { return c.name.find("64 filters") == std::string::npos; });
  for (OpCase& first : first_layers) {
    first.name += ", x is data";
    first.inputs[0].kind = InputKind::data;
    cases.push_back(std::move(first));
  }
  return cases;
}

std::vector<OpCase> elementwise_cases() {
  const auto unary = [](std::string name, OpInput x, auto record, ToleranceClass tolerance) {
    return OpCase{
        .name = std::move(name),
        .inputs = {std::move(x)},
        .record = [record](Tape& tape, const OpArguments& in) -> Vars { return {record(tape, in.vars[0])}; },
        .tolerance = tolerance};
  };
  const auto drop = [](float probability) {
    return [=](Tape& tape, Var x) { return dropout(tape, x, probability); };
  };
  std::vector<OpCase> cases{
      unary("relu", {.name = "x", .shape = {3, 2, 5, 7, 4}, .fill = Fill::separated}, relu,
            ToleranceClass::exact),
      unary("relu at zero", {.name = "x", .shape = {9, 31}, .fill = Fill::integers}, relu,
            ToleranceClass::exact),
      unary("relu keeps NaN", {.name = "x", .shape = {3, 17}, .nan_at = {0, 16, 50}}, relu,
            ToleranceClass::exact),
      unary("dropout of a half", {.name = "x", .shape = {5, 33}}, drop(0.5f), ToleranceClass::exact),
      unary("dropout of 0.3", {.name = "x", .shape = {3, 130}}, drop(0.3f), ToleranceClass::elementwise),
      unary("softmax", {.name = "x", .shape = {3, 10}, .scale = 3}, softmax, ToleranceClass::elementwise),
      unary("sigmoid", {.name = "x", .shape = {3, 10}, .scale = 3}, sigmoid, ToleranceClass::elementwise)};
  cases[1].gradcheck = cases[2].gradcheck = false;
  cases[2].only_infer = cases[5].only_infer = cases[6].only_infer = true;
  cases[3].only_train = cases[4].only_train = true;  // in inference dropout records nothing
  return cases;
}

OpCase two_results(std::string name, std::vector<OpInput> inputs, decltype(OpCase::record) record) {
  return {.name = std::move(name), .inputs = std::move(inputs), .record = std::move(record)};
}

// Whole tapes: values and parameters with several consumers, and a small network down to its loss.
std::vector<OpCase> tape_cases() {
  const Conv3dGeometry conv;
  std::vector<OpInput> shared = conv_inputs({2, 3, 4, 5, 6, 6}, conv);
  std::vector<OpCase> cases{
      two_results("a value with two consumers", shared,
                  [](Tape& tape, const OpArguments& in) -> Vars {
                    const Var y = conv3d(tape, in.vars[0], in.vars[1], in.vars[2]);
                    return {max_pool3d(tape, in.vars[0], kPool1), y};
                  }),
      two_results("a parameter with two consumers", shared, [](Tape& tape, const OpArguments& in) -> Vars {
        const Var y = conv3d(tape, in.vars[0], in.vars[1], in.vars[2]);
        return {conv3d(tape, y, in.vars[1], in.vars[2])};
      })};
  cases[0].inputs[0].fill = Fill::separated;
  cases[0].inputs[0].scale = 0.1;
  cases[1].only_f32 = true;

  std::vector<OpInput> inputs = conv_inputs({3, 2, 6, 6, 4, 5}, conv);
  const std::array<OpInput, 3> head{
      OpInput{.name = "weight", .shape = {7, 45}, .kind = InputKind::parameter, .scale = 0.3},
      OpInput{.name = "head bias", .shape = {7}, .kind = InputKind::parameter},
      OpInput{.name = "labels",
              .shape = {3},
              .kind = InputKind::integers,
              .fill = Fill::listed,
              .values = {2, -1, 6}}};
  inputs.insert(inputs.end(), head.begin(), head.end());
  cases.push_back({.name = "a small network",
                   .inputs = std::move(inputs),
                   .record = [](Tape& tape, const OpArguments& in) -> Vars {
                     Var y = conv3d_relu_max_pool3d(tape, in.vars[0], in.vars[1], in.vars[2], {}, {});
                     y = dropout(tape, tape.reshape(y, {3, 45}), 0.2f);
                     y = linear(tape, y, in.vars[3], in.vars[4]);
                     const CrossEntropyValues values =
                         softmax_cross_entropy(tape, y, in.vars[5], {.label_smoothing = 0.1f});
                     return {values.probabilities, values.losses};
                   },
                   .is_loss = true,
                   .only_f32 = true,
                   .only_train = true});
  return cases;
}

}  // namespace

std::vector<OpCase> op_cases() {
  std::vector<OpCase> cases = conv_cases();
  append(cases, pool_cases());
  append(cases, fused_cases());
  append(cases, {linear_case("odd sizes", 3, 7, 5), linear_case("one row", 1, 65, 33),
                 linear_case("relu", 5, 24, 16, Activation::relu), linear_case("wide", 4, 513, 130)});
  append(cases, elementwise_cases());
  append(cases, loss_cases());
  append(cases, {normalize_case("mean of a colour", {3}, {.scale = 1.0f / 64}),
                 normalize_case("mean cube, bgr", {2, 9, 11, 3}, {.order = ColourOrder::bgr, .scale = 1}),
                 normalize_case("mean of a colour, bgr", {3}, {.order = ColourOrder::bgr, .scale = 0.5f})});
  append(cases, tape_cases());
  return cases;
}

std::vector<OpCase> c3d_layer_cases(std::int64_t clips) {
  const auto named = [](const std::string& name, OpCase result) {
    result.name = name;
    return result;
  };
  std::vector<OpCase> cases, pools, linears, fused;
  for (const C3dSizes::Convolution& c : kC3dFullSize.convolutions) {
    const C3dLayer& layer = c.layer;
    const ConvShape shape{clips, c.input.d, c.input.h, c.input.w, c.inputs, c.outputs};
    cases.push_back(named(layer.name, conv_case("", shape, layer.convolution, Activation::relu)));
    if (!layer.pool) continue;
    const Pool3dGeometry pool = layer.pool.geometry(Pool5Rule::pytorch);
    const Shape convolved{clips, c.input.d, c.input.h, c.input.w, c.outputs};
    pools.push_back(named(layer.pool.name, pool_case("", convolved, pool, Fill::normal)));
    fused.push_back(named(fmt::format("{}+{}", layer.name, layer.pool.name),
                          fused_case("", shape, pool, Fill::normal, layer.convolution)));
  }
  for (const C3dSizes::Linear& l : kC3dFullSize.linears) {
    const bool last = &l == &kC3dFullSize.linears.back();
    linears.push_back(named(
        l.name, linear_case("", clips, l.inputs, l.outputs, last ? Activation::none : Activation::relu)));
  }
  append(cases, std::move(pools));
  append(cases, std::move(linears));
  append(cases, std::move(fused));
  cases[0].inputs[0].kind = InputKind::data;  // the clip
  return cases;
}

}  // namespace c3d
