#include "c3d/features.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <variant>

#include "c3d/inference/batch_runner.h"
#include "c3d/inference/loaded_network.h"
#include "engine/core/error.h"
#include "engine/core/nearest.h"

namespace c3d {
namespace {

Feature parse_feature(const std::string& layer) {
  std::vector<std::string> names;
  for (const auto& [name, feature] : feature_names()) {
    if (name == layer) return feature;
    names.push_back(name);
  }
  fail("there is no layer '{}' to take features of: it is one of {}", layer, fmt::join(names, ", "));
}

}  // namespace

class FeatureExtractor::Impl {
 public:
  Impl(const std::filesystem::path& weights, const std::string& layer, const NetworkOptions& options)
      : network(weights, options, parse_feature(layer)) {}

  LoadedNetwork network;
};

FeatureExtractor::FeatureExtractor(const std::filesystem::path& weights, const std::string& layer,
                                   const NetworkOptions& options)
    : impl_(std::make_unique<Impl>(weights, layer, options)) {}
FeatureExtractor::~FeatureExtractor() = default;
FeatureExtractor::FeatureExtractor(FeatureExtractor&& other) noexcept = default;
FeatureExtractor& FeatureExtractor::operator=(FeatureExtractor&& other) noexcept = default;

std::array<std::int64_t, 4> FeatureExtractor::row_shape() const {
  return impl_->network.classifier().feature_extents();
}

std::string FeatureExtractor::description() const { return impl_->network.description(); }

VideoFeatures FeatureExtractor::extract(const std::filesystem::path& video, const ClipOptions& options) {
  const std::vector<Input> inputs{input_of(video)};
  const ClipSpec spec = clip_spec(options, impl_->network.classifier().info());
  const std::size_t batch = clips_of_batch(impl_->network.batch(), spec);
  VideoFeatures features;
  features.crops = spec.crops;
  features.size = impl_->network.classifier().feature_size();
  VideoEnd end;
  const ReadOptions reading = read_options(options);
  const ReadingPlan plan = reading_plan(spec, reading, inputs.size(), batch);
  ClipMemory memory(impl_->network.classifier().backend(), clip_bytes(spec), plan.clips);
  ClipStream stream(inputs, spec, reading, plan, &memory);
  BatchRunner runner(impl_->network.classifier(), spec, batch, [&](const Clip& clip, const ClipScore& score) {
    features.values.insert(features.values.end(), score.features.begin(), score.features.end());
    features.windows.push_back({.first_frame = clip.first_frame});
    ++features.rows;
  });
  while (true) {
    std::optional<ClipStream::Item> next = runner.next(stream);
    if (!next) break;
    ClipStream::Item& item = *next;
    if (Clip* clip = std::get_if<Clip>(&item)) {
      runner.add(std::move(*clip));
    } else {
      end = std::move(std::get<VideoEnd>(item));
    }
  }
  if (!end.error.empty()) fail("{}: {}", video, Lines{end.error});
  runner.finish();
  features.frames = end.times.frames();
  features.warnings = end.warnings;
  for (FeatureWindow& window : features.windows) {
    window.start_seconds = end.times.start(window.first_frame);
    window.end_seconds = end.times.start(std::min(window.first_frame + spec.span(), features.frames));
  }
  return features;
}

}  // namespace c3d
