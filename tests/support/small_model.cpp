#include "tests/support/small_model.h"

#include "engine/io/safetensors.h"
#include "kernels/reference/reference_backend.h"
#include "model/initialize.h"
#include "model/weight_layout.h"

namespace c3d {

ModelInfo small_model_info() {
  ModelInfo info;
  info.network.classes = 5;
  info.network.width = 1.0 / 64;
  info.network.clip_frames = 16;
  info.network.crop = 48;
  info.preprocessing.resize_width = 64;
  info.preprocessing.resize_height = 48;
  info.preprocessing.mean = {110, 100, 90};
  info.preprocessing.scale = 1.0f / 32;
  info.labels = {"walk", "run", "jump", "wave", "fall"};
  return info;
}

void write_small_model(const std::filesystem::path& path, const SmallModelFacts& facts) {
  ModelInfo info = small_model_info();
  info.has_label_sets = facts.with_label_sets;
  info.thresholds = facts.thresholds;
  info.frame_stride = facts.frame_stride;
  info.fps = facts.fps;
  if (facts.as_sports1m) {
    info.network.crop = 112;
    info.network.pool5 = Pool5Rule::caffe;
    info.preprocessing = profile_preprocessing(Profile::caffe_sports1m);
  }
  const auto backend = make_reference_backend();
  ParameterStore parameters;
  const C3d model(info.network, parameters);
  parameters.allocate(*backend, false);
  initialize(model, parameters, *backend, Initialization::kaiming, 7);
  NamedTensors tensors = export_parameters(model, parameters, *backend, parameters.all_values());
  tensors.metadata() = to_metadata(info);
  if (!facts.with_preprocessing) {
    for (const char* key : {"profile", "resize", "crop_top", "crop_left", "resize_width", "resize_height",
                            "colour_order", "mean", "scale"}) {
      tensors.metadata().erase(key);
    }
  }
  if (!facts.with_pool5_rule) tensors.metadata().erase("pool5");
  write_safetensors(path, tensors);
}

}  // namespace c3d
