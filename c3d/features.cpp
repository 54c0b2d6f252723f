#include "c3d/features.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <variant>

#include "c3d/inference/batch_runner.h"
#include "c3d/inference/row_steps.h"
#include "c3d/inference/shared_network.h"
#include "engine/core/argument.h"
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
  fail_argument("there is no layer '{}' to take features of: it is one of {}", layer, fmt::join(names, ", "));
}

}  // namespace

class FeatureExtractor::Impl {
 public:
  Impl(const VideoNetwork& of, Feature layer) : shared(of), network(*of.impl()), feature(layer) {}

  Classifier& classifier() const { return network.keeping(feature); }

  VideoNetwork shared;
  VideoNetwork::Impl& network;
  Feature feature;
};

FeatureExtractor::FeatureExtractor(const std::filesystem::path& weights, const std::string& layer,
                                   const NetworkOptions& options) {
  const Feature feature = parse_feature(layer);
  impl_ = std::make_unique<Impl>(VideoNetwork(weights, options), feature);
}
FeatureExtractor::FeatureExtractor(const VideoNetwork& network, const std::string& layer)
    : impl_(std::make_unique<Impl>(network, parse_feature(layer))) {}
FeatureExtractor::~FeatureExtractor() = default;
FeatureExtractor::FeatureExtractor(FeatureExtractor&& other) noexcept = default;
FeatureExtractor& FeatureExtractor::operator=(FeatureExtractor&& other) noexcept = default;

std::array<std::int64_t, 4> FeatureExtractor::row_shape() const {
  return impl_->classifier().feature_extents();
}

std::string FeatureExtractor::description() const { return impl_->network.description(); }

VideoFeatures FeatureExtractor::extract(const std::filesystem::path& video, const ClipOptions& options) {
  return extract(video, options, std::function<bool()>());
}

VideoFeatures FeatureExtractor::extract(const std::filesystem::path& video, const ClipOptions& options,
                                        const std::function<bool()>& stop_requested) {
  const std::vector<Input> inputs{input_of(video)};
  Classifier& classifier = impl_->classifier();
  const ClipSpec spec = clip_spec(options, classifier.info());
  const std::size_t batch = clips_of_batch(impl_->network.batch(), spec);
  VideoFeatures features;
  features.crops = spec.crops;
  features.size = classifier.feature_size();
  VideoEnd end;
  const ReadOptions reading = read_options(options);
  const ReadingPlan plan = reading_plan(spec, reading, inputs.size(), batch);
  ClipMemory memory(classifier.backend(), clip_bytes(spec), plan.clips);
  ClipStream stream(inputs, spec, reading, plan, &memory);
  BatchRunner runner(classifier, spec, batch, [&](const Clip& clip, const ClipScore& score) {
    features.values.insert(features.values.end(), score.features.begin(), score.features.end());
    features.windows.push_back({.first_frame = clip.first_frame});
    ++features.rows;
  });
  while (true) {
    std::optional<ClipStream::Item> next = runner.next(stream);
    if (!next) break;
    if (stop_requested && stop_requested()) fail("{}: its features were not wanted any more", video);
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

VideoFeatures pool_features(const VideoFeatures& features, const std::string& pooling, bool l2) {
  const Pooling rule = parse_pooling(pooling);
  VideoFeatures pooled{.values = {},
                       .rows = 0,
                       .size = features.size,
                       .crops = features.crops,
                       .windows = {},
                       .frames = features.frames,
                       .warnings = features.warnings};
  if (features.rows == 0) return pooled;
  const auto row = static_cast<std::size_t>(features.crops * features.size);
  for (const auto& [first, last] : pooled_rows(rule, features.rows)) {
    PooledRow kept(rule.kind);
    for (std::int64_t i = first; i < last; ++i) {
      kept.add(std::span(features.values).subspan(static_cast<std::size_t>(i) * row, row));
    }
    std::vector<float> values = kept.values();
    if (l2) scale_to_length_1(values, static_cast<std::size_t>(features.size));
    pooled.values.insert(pooled.values.end(), values.begin(), values.end());
    FeatureWindow window = features.windows[static_cast<std::size_t>(first)];
    window.end_seconds = features.windows[static_cast<std::size_t>(last - 1)].end_seconds;
    pooled.windows.push_back(window);
    ++pooled.rows;
  }
  return pooled;
}

}  // namespace c3d
