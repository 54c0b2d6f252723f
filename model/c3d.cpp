#include "model/c3d.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "engine/core/error.h"
#include "engine/ops/conv3d.h"
#include "engine/ops/dropout.h"
#include "engine/ops/linear.h"
#include "engine/ops/max_pool3d.h"
#include "engine/ops/relu.h"
#include "model/c3d_layers.h"

namespace c3d {
namespace {

constexpr double kMaxWidth = 16;

Extent3 pooled_extent(const C3dConfig& config) {
  Extent3 extent{config.clip_frames, config.crop, config.crop};
  for (const C3dLayer& layer : kC3dConvolutions) {
    if (!layer.pool) continue;
    extent = output_extent(layer.pool.geometry(config.pool5), extent);
    // Checked at each pool: padding would let pool5 make something of nothing.
    expect(extent.volume() > 0,
           "C3D: clips of {} frames and {} x {} pixels do not survive its five pools; it needs at least 16 "
           "frames "
           "(clip_frames) and 16 x 16 pixels (crop)",
           config.clip_frames, config.crop, config.crop);
  }
  return extent;
}

void check(const C3dConfig& config) {
  expect(config.classes >= 1, "C3D: {} classes; it needs at least one", config.classes);
  expect(config.width > 0 && config.width <= kMaxWidth, "C3D: width {}; it must be above 0 and at most {}",
         config.width, kMaxWidth);
  expect(config.dropout >= 0 && config.dropout < 1, "C3D: dropout {}; it must be at least 0 and below 1",
         config.dropout);
}

// Appends layers by name, each labelled with it.
class Recorder {
 public:
  Recorder(const C3d& model, Tape& tape) : model_(model), tape_(tape) {}

  // With the pool that follows.
  Var convolution(const C3dLayer& which, Var x) const {
    const C3d::Layer& layer = labelled(which.name);
    const Var weight = tape_.parameter(layer.weight), bias = tape_.parameter(layer.bias);
    if (!which.pool) return conv3d(tape_, x, weight, bias, which.convolution, Activation::relu);
    return conv3d_relu_max_pool3d(tape_, x, weight, bias, which.convolution,
                                  which.pool.geometry(model_.config().pool5));
  }
  // Without it.
  Var unpooled(const C3dLayer& which, Var x) const {
    const C3d::Layer& layer = labelled(which.name);
    return conv3d(tape_, x, tape_.parameter(layer.weight), tape_.parameter(layer.bias), which.convolution,
                  Activation::relu);
  }
  // What follows the last convolution and its pool.
  C3dValues linears(Var pooled, float dropped, bool with_sums = false) const {
    const std::int64_t features = model_.layers()[kC3dConvolutions.size()].inputs;
    C3dValues values;
    values.pool5 = tape_.reshape(pooled, {tape_.spec(pooled).shape[0], features});
    if (with_sums) {
      values.fc6_sums = fully_connected("fc6", values.pool5, Activation::none);
      values.fc6 = relu(tape_, values.fc6_sums);
      values.fc7_sums = fully_connected("fc7", dropout(tape_, values.fc6, dropped), Activation::none);
      values.fc7 = relu(tape_, values.fc7_sums);
    } else {
      values.fc6 = fully_connected("fc6", values.pool5, Activation::relu);
      values.fc7 = fully_connected("fc7", dropout(tape_, values.fc6, dropped), Activation::relu);
    }
    values.logits = fully_connected("fc8", dropout(tape_, values.fc7, dropped), Activation::none);
    return values;
  }

 private:
  Var fully_connected(std::string_view name, Var x, Activation activation) const {
    const C3d::Layer& layer = labelled(name);
    return linear(tape_, x, tape_.parameter(layer.weight), tape_.parameter(layer.bias), activation);
  }
  const C3d::Layer& labelled(std::string_view name) const {
    tape_.label(std::string(name));
    return *std::find_if(model_.layers().begin(), model_.layers().end(),
                         [&](const C3d::Layer& layer) { return layer.name == name; });
  }

  const C3d& model_;
  Tape& tape_;
};

}  // namespace

C3d::C3d(const C3dConfig& config, ParameterStore& parameters) : config_(config) {
  check(config);
  pool5_extent_ = pooled_extent(config);

  const auto declare = [&](const std::string& name, std::int64_t inputs, const Shape& weight) {
    const std::int64_t outputs = weight[0];
    layers_.push_back({name, parameters.declare({name + ".weight", weight}),
                       parameters.declare({name + ".bias", {outputs}}), inputs, outputs});
  };
  const C3dSizes sizes = c3d_sizes(config);
  for (const auto& [layer, input, inputs, valid_inputs, outputs] : sizes.convolutions) {
    const Extent3& kernel = layer.convolution.kernel;
    declare(layer.name, valid_inputs, {outputs, kernel.d, kernel.h, kernel.w, inputs});
  }
  for (const auto& [name, inputs, outputs] : sizes.linears) declare(name, inputs, {outputs, inputs});
}

void C3d::expect_clip(const Tape& tape, Var clip) const {
  const Shape& x = tape.spec(clip).shape;
  const Shape wanted{x.rank() == 5 ? x[0] : 1, config_.clip_frames, config_.crop, config_.crop,
                     kClipChannels};
  expect(x == wanted, "C3D: the clip is {}, this network takes {}", to_string(x), to_string(wanted));
}

C3dValues C3d::forward(Tape& tape, Var clip, bool with_sums) const {
  expect_clip(tape, clip);
  const Recorder net(*this, tape);
  Var y = clip;
  for (const C3dLayer& layer : kC3dConvolutions) y = net.convolution(layer, y);
  return net.linears(y, config_.dropout, with_sums);
}

Var C3d::convolution_output(Tape& tape, Var clip, std::string_view layer) const {
  expect_clip(tape, clip);
  const Recorder net(*this, tape);
  Var y = clip;
  for (const C3dLayer& each : kC3dConvolutions) {
    if (each.name == layer) return net.unpooled(each, y);
    y = net.convolution(each, y);
  }
  fail("C3D: there is no convolution '{}'", layer);
}

Var C3d::logits_from(Tape& tape, Var output, std::string_view layer) const {
  const auto cut = std::ranges::find(kC3dConvolutions, layer, &C3dLayer::name);
  expect(cut != kC3dConvolutions.end(), "C3D: there is no convolution '{}'", layer);
  const Recorder net(*this, tape);
  Var y = output;
  if (cut->pool) {
    tape.label(cut->pool.name);
    y = max_pool3d(tape, y, cut->pool.geometry(config_.pool5));
  }
  for (auto each = std::next(cut); each != kC3dConvolutions.end(); ++each) y = net.convolution(*each, y);
  return net.linears(y, 0).logits;
}

C3dValues C3d::values_from(Tape& tape, Var conv5b, Pool5Rule rule) const {
  expect(fits(rule), "C3D: fc6 does not fit a pool5 padded as in {}", to_string(rule));
  const C3dPool& pool = kC3dConvolutions.back().pool;
  tape.label(pool.name);
  return Recorder(*this, tape).linears(max_pool3d(tape, conv5b, pool.geometry(rule)), 0, true);
}

bool C3d::fits(Pool5Rule rule) const {
  C3dConfig other = config_;
  other.pool5 = rule;
  return c3d_sizes(other).linears[0].inputs == layers_[kC3dConvolutionCount].inputs;
}

std::int64_t C3d::parameter_count() const {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const bool is_convolution = i < kC3dConvolutions.size();
    const std::int64_t taps = is_convolution ? kC3dConvolutions[i].convolution.kernel.volume() : 1;
    count += (layers_[i].inputs * taps + 1) * layers_[i].outputs;
  }
  return count;
}

}  // namespace c3d
