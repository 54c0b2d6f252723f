#include "model/c3d.h"

#include "catch.h"
#include "engine/ops/normalize_clip.h"
#include "kernels/reference/reference_backend.h"
#include "model/c3d_layers.h"
#include "model/initialize.h"
#include "tests/support/message_of.h"

namespace c3d {
namespace {

std::int64_t parameter_count(const C3dConfig& config) {
  ParameterStore parameters;
  return C3d(config, parameters).parameter_count();
}

Extent3 pool5_extent(std::int64_t frames, std::int64_t crop, Pool5Rule rule) {
  ParameterStore parameters;
  return C3d({.clip_frames = frames, .crop = crop, .pool5 = rule}, parameters).pool5_extent();
}

std::string error_of(const C3dConfig& config) {
  return message_of([&] { parameter_count(config); });
}

TEST_CASE("C3D has the parameters of the paper's network") {
  CHECK(parameter_count({.classes = 101}) == 78'409'573);
  CHECK(parameter_count({.classes = 487}) == 79'991'015);
  CHECK(parameter_count({.classes = 487, .pool5 = Pool5Rule::caffe}) == 79'991'015);
}

TEST_CASE("C3D declares its layers in order, conv1 with five padding channels") {
  ParameterStore parameters;
  const C3d model({.classes = 6, .width = 0.25}, parameters);
  std::vector<std::string> names;
  for (const C3d::Layer& layer : model.layers()) names.push_back(layer.name);
  CHECK(names == std::vector<std::string>{"conv1", "conv2", "conv3a", "conv3b", "conv4a", "conv4b", "conv5a",
                                          "conv5b", "fc6", "fc7", "fc8"});
  CHECK(parameters.specs().front().name == "conv1.weight");
  CHECK(parameters.specs().front().shape == Shape{16, 3, 3, 3, 8});
  CHECK(model.layers().front().inputs == 3);
  CHECK(parameters.specs()[16].shape == Shape{1024, 2048});
  CHECK(parameters.specs().back().shape == Shape{6});
}

TEST_CASE("widths scale channels to multiples of 8") {
  CHECK(scaled_channels(64, 1) == 64);
  CHECK(scaled_channels(64, 0.3) == 16);
  CHECK(scaled_channels(512, 0.3) == 152);
  CHECK(scaled_channels(64, 0.01) == 8);
  CHECK(scaled_channels(4096, 0.25) == 1024);
}

TEST_CASE("the sizes of layers follow width, crop and classes") {
  const C3dSizes sizes = c3d_sizes({.classes = 7, .width = 0.25, .crop = 64});
  CHECK(sizes.convolutions[0].outputs == 16);
  CHECK(sizes.convolutions[1].inputs == 16);
  CHECK(sizes.convolutions[1].input == Extent3{16, 32, 32});
  CHECK(sizes.convolutions[7].outputs == 128);
  CHECK(sizes.linears[0].inputs == 128 * 3 * 3);
  CHECK(sizes.linears[0].outputs == 1024);
  CHECK(sizes.linears[2].outputs == 7);
}

TEST_CASE("the two pool5 rules keep the same extent of odd inputs and another of even ones") {
  CHECK(pool5_extent(16, 112, Pool5Rule::pytorch) == Extent3{1, 4, 4});
  CHECK(pool5_extent(16, 112, Pool5Rule::caffe) == Extent3{1, 4, 4});
  CHECK(pool5_extent(16, 96, Pool5Rule::pytorch) == Extent3{1, 4, 4});
  CHECK(pool5_extent(16, 96, Pool5Rule::caffe) == Extent3{1, 3, 3});
  CHECK(pool5_extent(32, 16, Pool5Rule::pytorch) == Extent3{2, 1, 1});
}

TEST_CASE("C3D refuses what cannot be built and says what to change") {
  CHECK(error_of({.clip_frames = 8}) ==
        "C3D: clips of 8 frames and 112 x 112 pixels do not survive its five pools; it needs at least 16 "
        "frames "
        "(clip_frames) and 16 x 16 pixels (crop)");
  CHECK(error_of({.crop = 15}) != "");
  CHECK(error_of({.crop = -112}) != "");
  CHECK(error_of({.classes = 0}) != "");
  CHECK(error_of({.width = 0}) != "");
  CHECK(error_of({.dropout = 1}) != "");
  CHECK(error_of({.clip_frames = 16, .crop = 16}) == "no error");
  CHECK_THROWS_AS(parse_pool5_rule("ceil"), Error);
}

TEST_CASE("C3D labels every op with its layer and refuses clips of another shape") {
  const auto backend = make_reference_backend();
  ParameterStore parameters;
  const C3d model({.classes = 3, .width = 1.0 / 32, .crop = 16}, parameters);
  parameters.allocate(*backend, false);
  Tape tape(*backend, parameters, Mode::infer);
  const C3dValues values = model.forward(tape, tape.input({{2, 16, 16, 16, kClipChannels}, DType::f32}));
  CHECK(tape.op_count() == 11);
  CHECK(tape.spec(values.pool5).shape == Shape{2, 16});
  CHECK(tape.spec(values.fc7).shape == Shape{2, 128});
  CHECK(tape.spec(values.logits).shape == Shape{2, 3});
  CHECK_THROWS_AS(model.forward(tape, tape.input({{2, 16, 16, 16, 3}, DType::f32})), Error);
  CHECK_THROWS_AS(model.forward(tape, tape.input({{2, 16}, DType::f32})), Error);

  struct Labels : TapeObserver {
    void before(const OpEvent& event) override { seen.push_back(event.label); }
    void after(const OpEvent&) override {}
    std::vector<std::string> seen;
  } labels;
  Tape second(*backend, parameters, Mode::infer);
  const Var logits = model.forward(second, second.input({{1, 16, 16, 16, kClipChannels}, DType::f32})).logits;
  second.compile(std::vector<Var>{logits});
  second.observe(&labels);
  second.forward();
  CHECK(labels.seen == std::vector<std::string>{"conv1", "conv2", "conv3a", "conv3b", "conv4a", "conv4b",
                                                "conv5a", "conv5b", "fc6", "fc7", "fc8"});
}

TEST_CASE("C3D in two parts gives the logits of the whole, and drops nothing where it would train") {
  const auto backend = make_reference_backend();
  ParameterStore parameters;
  const C3d model({.classes = 3, .width = 1.0 / 32, .crop = 32}, parameters);
  parameters.allocate(*backend, false);
  initialize(model, parameters, *backend, Initialization::kaiming, 5);
  for (const C3d::Layer& layer : model.layers()) {
    parameters.spec(layer.weight).trainable = parameters.spec(layer.bias).trainable = false;
  }
  const TensorSpec clip{{2, 16, 32, 32, kClipChannels}, DType::f32};
  const auto fill = [&](Tensor x) {
    for (std::int64_t i = 0; i < x.count(); ++i) {
      x.as<float>()[i] = i % kClipChannels < kColours ? static_cast<float>(i % 17) - 8 : 0.0f;
    }
  };
  Tape whole(*backend, parameters, Mode::infer);
  const Var whole_clip = whole.input(clip);
  const Var logits = model.forward(whole, whole_clip).logits;
  whole.compile(std::vector<Var>{logits});
  fill(whole.tensor(whole_clip));
  whole.forward();
  for (const C3dLayer& layer : kC3dConvolutions) {
    INFO(layer.name);
    Tape before(*backend, parameters, Mode::infer), after(*backend, parameters, Mode::train);
    const Var first = before.input(clip);
    const Var output = model.convolution_output(before, first, layer.name);
    before.compile(std::vector<Var>{output});
    const Var start = after.input(before.spec(output), true);
    const Var end = model.logits_from(after, start, layer.name);
    after.compile(std::vector<Var>{end});
    fill(before.tensor(first));
    before.forward();
    backend->copy(before.tensor(output), after.tensor(start));
    after.forward();
    for (int i = 0; i < 6; ++i) {
      CHECK(after.tensor(end).as<float>()[i] == Approx(whole.tensor(logits).as<float>()[i]).epsilon(1e-4));
    }
  }
  Tape tape(*backend, parameters, Mode::infer);
  const Var start = tape.input(clip);
  CHECK_THROWS_AS(model.convolution_output(tape, start, "conv6"), Error);
  CHECK_THROWS_AS(model.logits_from(tape, start, "fc6"), Error);
}

}  // namespace
}  // namespace c3d
