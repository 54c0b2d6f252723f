#include "c3d/inference/loaded_network.h"

#include "c3d/common/device_spec.h"
#include "c3d/common/plan_file.h"
#include "engine/core/argument.h"
#include "model/model_ranges.h"

namespace c3d {
namespace {

constexpr std::size_t kMostBatch = 4096;

NetworkRequest request_of(const std::filesystem::path& weights, const NetworkOptions& options,
                          Feature feature) {
  NetworkRequest request;
  request.weights = weights;
  request.network = classifier_options(options, feature);
  request.batch = options.batch;
  request.device = backend_spec(options.device);
  return request;
}

}  // namespace

ClassifierOptions classifier_options(const NetworkOptions& options, Feature feature) {
  ClassifierOptions wanted{.map = parse_name_map(options.name_map), .mean = options.mean, .feature = feature};
  if (!options.pool5.empty()) wanted.pool5 = parse_pool5_rule(options.pool5);
  if (!options.profile.empty()) wanted.profile = parse_profile(options.profile);
  return wanted;
}

LoadedNetwork::LoadedNetwork(const NetworkRequest& request, std::ostream& measuring) : batch_(request.batch) {
  expect_argument(batch_ >= 1 && batch_ <= kMostBatch, "a batch of {} clips: it is 1 to {}", batch_,
                  kMostBatch);
  BackendSpec spec = request.device;
  spec.bf16_products = spec.inference = true;
  backend_ = make_backend(spec, &why_);
  keep_plan(*backend_, spec.plan, measuring);
  decoding_ = choose_decode_device(request.decode, gpu_of(spec, *backend_));
  classifier_ = std::make_unique<Classifier>(*backend_, request.weights, request.network);
}

LoadedNetwork::LoadedNetwork(const std::filesystem::path& weights, const NetworkOptions& options,
                             Feature feature)
    : LoadedNetwork(request_of(weights, options, feature), silence_) {}

std::string LoadedNetwork::description() const {
  const std::string why = why_.empty() ? "" : " (" + why_ + ")";
  const std::string decoding = decoding_.why.empty() ? "" : "\n" + decoding_.why;
  return backend_->description() + why + "\n" + classifier_->description() + decoding;
}

ClipSpec clip_spec(const ClipOptions& options, const ModelInfo& info) {
  expect_argument(options.clips > 0 && options.step >= 0,
                  "{} clips at a step of {}: there is one clip at least, and no step "
                  "backwards",
                  options.clips, options.step);
  ClipSpec spec = clip_spec(info);
  spec.clips = options.clips;
  spec.step = options.step;
  if (!options.fps.empty()) spec.fps = parse_frame_rate(options.fps);
  expect_argument(
      !options.constant_rate || !spec.fps.is_given(),
      "these clips are made of {} frames a second (fps), and ffmpeg-cfr counts otherwise: leave it out, or "
      "take each frame of the file (fps file)",
      to_string(spec.fps));
  check_crops(info, options.crops);
  spec.crops = options.crops;
  if (options.frame_stride == 0) return spec;
  spec.frame_stride = options.frame_stride;
  try {
    check_model_number("frame_stride", options.frame_stride);
    check_span(spec);
  } catch (const Error& error) {  // it was asked for, and the weights are as they should be
    throw InvalidArgument(error.message());
  }
  return spec;
}

ReadOptions read_options(const ClipOptions& options) {
  expect_argument(options.read_timeout > 0, "a read cannot wait for {} seconds", options.read_timeout);
  ReadOptions reading;
  if (options.constant_rate) reading.numbering = Numbering::kFfmpegCfr;
  reading.limits.timeout_seconds = options.read_timeout;
  return reading;
}

Input input_of(const std::filesystem::path& path) {
  return {.name = path.string(), .path = path, .relative = path.filename(), .error = ""};
}

}  // namespace c3d
