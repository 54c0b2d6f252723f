#include "c3d/match/layer_rows.h"

#include "c3d/inference/clip_rows.h"
#include "engine/ops/sigmoid_cross_entropy.h"
#include "engine/ops/softmax_cross_entropy.h"

namespace c3d {

LayerRows::Program& LayerRows::program(std::int64_t n) {
  auto& made = programs_[n];
  if (made) return *made;
  const C3dConfig& network = classifier_.info().network;
  made = std::make_unique<Program>(classifier_.backend(), classifier_.parameters());
  Tape& tape = made->tape;
  made->clip = tape.input({{n, network.clip_frames, network.crop, network.crop, kClipChannels}, DType::f32});
  const C3d& model = classifier_.model();
  const Var conv5b = model.convolution_output(tape, made->clip, "conv5b");
  for (const Pool5Rule rule : axes_.pool5) {
    const C3dValues values = model.values_from(tape, conv5b, rule);
    for (const LayerChoice& choice : axes_.layers) {
      switch (choice.layer) {
        case Feature::pool5:
          made->rows.push_back(values.pool5);
          break;
        case Feature::fc6:
          made->rows.push_back(choice.before_relu ? values.fc6_sums : values.fc6);
          break;
        case Feature::fc7:
          made->rows.push_back(choice.before_relu ? values.fc7_sums : values.fc7);
          break;
        case Feature::fc8:
          made->rows.push_back(values.logits);
          break;
        case Feature::probabilities:
        case Feature::none:
          made->rows.push_back(classifier_.info().has_label_sets ? sigmoid(tape, values.logits)
                                                                 : softmax(tape, values.logits));
          break;
      }
    }
  }
  tape.compile(made->rows);
  return *made;
}

std::vector<ClipLayers> LayerRows::run(std::span<const float> clips, std::int64_t n) {
  Program& run = program(n);
  Backend& backend = classifier_.backend();
  const Tensor input = run.tape.tensor(run.clip);
  backend.copy(host_tensor(clips.data(), input.shape()), input);
  run.tape.forward();
  std::vector<ClipLayers> result(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < run.rows.size(); ++i) {
    const std::vector<float> values = to_host(backend, run.tape.tensor(run.rows[i]));
    const bool reorders = axes_.layers[i % axes_.layers.size()].layer == Feature::pool5;
    const std::size_t size = values.size() / result.size();
    for (std::size_t clip = 0; clip < result.size(); ++clip) {
      const std::span<const float> row = std::span(values).subspan(clip * size, size);
      result[clip].push_back(reorders ? classifier_.channels_first(row)
                                      : std::vector<float>(row.begin(), row.end()));
    }
  }
  return result;
}

}  // namespace c3d
