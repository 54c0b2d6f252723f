// The whole of C3D recorded for c3d_bench: frames to probabilities, or frames to updated parameters. Owns
// parameters, momentum and the tape; borrows the backend. One thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "engine/io/named_tensors.h"
#include "engine/ops/clip_input.h"
#include "model/c3d.h"
#include "model/e4m3_network.h"
#include "tools/c3d_bench/measurements.h"

namespace c3d {

// What the network computes with. Empty tensors: the network's own size with He-normal weights, random bytes
// as frames.
struct NetInput {
  BenchedNetwork network;
  NamedTensors weights;  // read_weights' own: the network is built as they say
  // `frames` u8 [clips, 16, height, width, 3] and `labels` i32 [clips]; the first `batch` of them count. The
  // network sees their middle, less 128 and over 64.
  NamedTensors clips;
  // Of weights that say them; else those that leave the numbers of fp8 as they are: time does not depend on
  // them.
  std::optional<ActivationRanges> activation_ranges = std::nullopt;
};

// An empty path leaves its part empty; weights say what the network is. Error: fewer clips than the batch, or other types and shapes.
NetInput read_net_input(const BenchedNetwork& network, const std::filesystem::path& weights,
                        const std::filesystem::path& clips);

class Net {
 public:
  // `dropout` in place of the network's own; of Mode::train only.
  Net(Backend& backend, Mode mode, const NetInput& input, std::optional<float> dropout = {});

  void infer();       // frames to probabilities
  void train_step();  // forward, backward, norm clipping, SGD with momentum
  // Frames to the gradients of the mean cross-entropy; nothing is updated.
  void compute_gradients();

  ConstTensor logits() const;      // [batch, classes] in the compute type, on the device
  NamedTensors gradients() const;  // on the host, in PyTorch's names, order and shapes
  std::size_t arena_bytes() const { return tape_.arena_bytes(); }
  const ParameterStore& parameters() const { return parameters_; }
  std::size_t velocity_bytes() const { return velocity_.bytes(); }
  std::int64_t parameter_count() const { return model_.parameter_count(); }

 private:
  void load(const NetInput& input);
  void record(const NetInput& input);
  void upload(const NetInput& input);
  void upload_random();
  void begin_step();
  Tensor velocity() const { return velocity_.tensor({parameters_.element_count()}, DType::f32); }

  Backend& backend_;
  ParameterStore parameters_;
  C3d model_;
  std::unique_ptr<const E4m3Network> e4m3_;  // in fp8
  Tape tape_;
  DeviceMean mean_;
  Buffer velocity_, norm_;
  ClipVars input_;
  Var labels_, logits_;
  std::uint64_t step_ = 0;
};

}  // namespace c3d
