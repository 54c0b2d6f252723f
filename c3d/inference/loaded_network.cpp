#include "c3d/inference/loaded_network.h"

#include "c3d/common/device_spec.h"
#include "c3d/common/plan_file.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::size_t kMostBatch = 4096;

std::unique_ptr<Backend> inference_backend(const DeviceOptions& options) {
  BackendSpec spec = backend_spec(options);
  spec.bf16_products = spec.inference = true;
  return make_backend(spec);
}

}  // namespace

LoadedNetwork::LoadedNetwork(const std::filesystem::path& weights, const NetworkOptions& options,
                             Feature feature)
    : batch_(options.batch), backend_(inference_backend(options.device)) {
  expect(batch_ >= 1 && batch_ <= kMostBatch, "a batch of {} clips: it is 1 to {}", batch_, kMostBatch);
  keep_plan(*backend_, options.device.plan, silence_);
  classifier_ = std::make_unique<Classifier>(
      *backend_, weights,
      classifier_options(options.name_map, options.profile, options.pool5, options.mean, feature));
}

std::string LoadedNetwork::description() const {
  return backend_->description() + "\n" + classifier_->description();
}

CutRule cut_rule(const ClipOptions& options, const ModelInfo& info) {
  expect(options.clips > 0 && options.step >= 0,
         "{} clips at a step of {}: there is one clip at least, and no step "
         "backwards",
         options.clips, options.step);
  expect(options.read_timeout > 0, "a read cannot wait for {} seconds", options.read_timeout);
  CutRule rule = cut_rule(info, options.frame_stride);
  rule.numbering = options.constant_rate ? Numbering::ffmpeg_cfr : Numbering::decode;
  rule.clips = options.clips;
  rule.step = options.step;
  rule.limits.timeout_seconds = options.read_timeout;
  return rule;
}

Input input_of(const std::filesystem::path& path) {
  return {.name = path.string(), .path = path, .relative = path.filename(), .error = ""};
}

}  // namespace c3d
