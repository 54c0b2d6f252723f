#include "model/c3d.h"

#include <algorithm>
#include <string_view>

#include "engine/core/error.h"
#include "engine/ops/conv3d.h"
#include "engine/ops/dropout.h"
#include "engine/ops/linear.h"
#include "engine/ops/max_pool3d.h"
#include "engine/ops/normalize_clip.h"

namespace c3d {
namespace {

constexpr std::int64_t kColours = 3;
constexpr std::int64_t kFilterVolume = 27;
constexpr std::int64_t kLinearFeatures = 4096;
constexpr double kMaxWidth = 16;

struct ConvLayer {
  const char* name;
  std::int64_t filters;
};
constexpr ConvLayer kConvolutions[] = {{"conv1", 64},   {"conv2", 128},  {"conv3a", 256}, {"conv3b", 256},
                                       {"conv4a", 512}, {"conv4b", 512}, {"conv5a", 512}, {"conv5b", 512}};

constexpr Conv3dGeometry kConv1{.used_input_channels = kColours};
constexpr Conv3dGeometry kConv{};
constexpr Pool3dGeometry kPool1{.kernel = {1, 2, 2}, .stride = {1, 2, 2}};
constexpr Pool3dGeometry kPool{};

Pool3dGeometry pool5(Pool5Rule rule) {
  Pool3dGeometry pool{.pad_after = {0, 1, 1}};
  if (rule == Pool5Rule::pytorch) pool.pad_before = {0, 1, 1};
  return pool;
}

Extent3 pooled_extent(const C3dConfig& config) {
  Extent3 extent{config.clip_frames, config.crop, config.crop};
  for (const Pool3dGeometry& pool : {kPool1, kPool, kPool, kPool, pool5(config.pool5)}) {
    extent = output_extent(pool, extent);
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

  Var conv(std::string_view name, Var x) const {
    const C3d::Layer& layer = labelled(name);
    return conv3d(tape_, x, tape_.parameter(layer.weight), tape_.parameter(layer.bias), kConv,
                  Activation::relu);
  }
  Var conv_pool(std::string_view name, Var x, const Conv3dGeometry& conv, const Pool3dGeometry& pool) const {
    const C3d::Layer& layer = labelled(name);
    return conv3d_relu_max_pool3d(tape_, x, tape_.parameter(layer.weight), tape_.parameter(layer.bias), conv,
                                  pool);
  }
  Var fully_connected(std::string_view name, Var x, Activation activation) const {
    const C3d::Layer& layer = labelled(name);
    return linear(tape_, x, tape_.parameter(layer.weight), tape_.parameter(layer.bias), activation);
  }

 private:
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
  std::int64_t channels = kColours;
  for (const ConvLayer& conv : kConvolutions) {
    const std::int64_t filters = scaled_channels(conv.filters, config.width);
    declare(conv.name, channels, {filters, 3, 3, 3, channels == kColours ? kClipChannels : channels});
    channels = filters;
  }
  const std::int64_t pooled = pool5_extent_.volume() * channels;
  const std::int64_t features = scaled_channels(kLinearFeatures, config.width);
  declare("fc6", pooled, {features, pooled});
  declare("fc7", features, {features, features});
  declare("fc8", features, {config.classes, features});
}

C3dValues C3d::forward(Tape& tape, Var clip) const {
  const Shape& x = tape.spec(clip).shape;
  const Shape wanted{x.rank() == 5 ? x[0] : 1, config_.clip_frames, config_.crop, config_.crop,
                     kClipChannels};
  expect(x == wanted, "C3D: the clip is {}, this network takes {}", to_string(x), to_string(wanted));

  const Recorder net(*this, tape);
  Var y = net.conv_pool("conv1", clip, kConv1, kPool1);
  y = net.conv_pool("conv2", y, kConv, kPool);
  y = net.conv("conv3a", y);
  y = net.conv_pool("conv3b", y, kConv, kPool);
  y = net.conv("conv4a", y);
  y = net.conv_pool("conv4b", y, kConv, kPool);
  y = net.conv("conv5a", y);
  y = net.conv_pool("conv5b", y, kConv, pool5(config_.pool5));

  C3dValues values;
  values.pool5 = tape.reshape(y, {wanted[0], layers_[std::size(kConvolutions)].inputs});
  values.fc6 = net.fully_connected("fc6", values.pool5, Activation::relu);
  values.fc7 = net.fully_connected("fc7", dropout(tape, values.fc6, config_.dropout), Activation::relu);
  values.logits = net.fully_connected("fc8", dropout(tape, values.fc7, config_.dropout), Activation::none);
  return values;
}

std::int64_t C3d::parameter_count() const {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const std::int64_t taps = i < std::size(kConvolutions) ? kFilterVolume : 1;
    count += (layers_[i].inputs * taps + 1) * layers_[i].outputs;
  }
  return count;
}

}  // namespace c3d
