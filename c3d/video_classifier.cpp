#include "c3d/video_classifier.h"

#include "c3d/inference/clip_arrays.h"
#include "c3d/inference/labeller.h"
#include "c3d/inference/shared_network.h"
#include "engine/core/error.h"

namespace c3d {

class VideoClassifier::Impl {
 public:
  explicit Impl(const VideoNetwork& of) : shared(of), network(*of.impl()), arrays(network.classifier()) {}

  RankedLabel named(int label, double probability) const {
    return {network.classifier().info().labels[static_cast<std::size_t>(label)], probability};
  }

  LabeledWindow shown(const ClipResult& clip) const {
    LabeledWindow window{clip.first_frame, clip.start_seconds, clip.end_seconds,
                         named(clip.label, clip.probability)};
    if (network.classifier().thresholds().empty()) {
      window.shown = {window.label};
    } else {
      for (const auto& [label, probability] : clip.shown) window.shown.push_back(named(label, probability));
    }
    return window;
  }

  LabeledVideo shown(const VideoResult& result) const {
    LabeledVideo video{
        .file = result.file, .error = result.error, .labels = {}, .windows = {}, .warnings = {}};
    if (!result.ok()) return video;
    video.frames = result.frames;
    video.frame_rate = result.fps;
    video.seconds = result.seconds;
    for (const auto& [label, probability] : result.labels) video.labels.push_back(named(label, probability));
    video.shown = result.shown;
    for (const ClipResult& clip : result.clips) video.windows.push_back(shown(clip));
    video.warnings = result.warnings;
    return video;
  }

  void run(const std::vector<std::filesystem::path>& videos, const ClipOptions& options,
           LabelOptions labelling, const Labeller::Report& report) {
    std::vector<Input> inputs;
    inputs.reserve(videos.size());
    for (const std::filesystem::path& video : videos) inputs.push_back(input_of(video));
    labelling.batch = network.batch();
    labelling.clip = clip_spec(options, network.classifier().info());
    labelling.reading = read_options(options);
    Labeller labeller(network.keeping(Feature::none), inputs, labelling, report);
    labeller.run();
  }

  VideoNetwork shared;
  VideoNetwork::Impl& network;
  ClipArrays arrays;
};

VideoClassifier::VideoClassifier(const std::filesystem::path& weights, const NetworkOptions& options)
    : VideoClassifier(VideoNetwork(weights, options)) {}
VideoClassifier::VideoClassifier(const VideoNetwork& network) : impl_(std::make_unique<Impl>(network)) {}
VideoClassifier::~VideoClassifier() = default;
VideoClassifier::VideoClassifier(VideoClassifier&& other) noexcept = default;
VideoClassifier& VideoClassifier::operator=(VideoClassifier&& other) noexcept = default;

const std::vector<std::string>& VideoClassifier::labels() const {
  return impl_->network.classifier().info().labels;
}
bool VideoClassifier::has_label_sets() const { return impl_->network.classifier().info().has_label_sets; }
const std::vector<double>& VideoClassifier::thresholds() const {
  return impl_->network.classifier().thresholds();
}
std::string VideoClassifier::description() const { return impl_->network.description(); }

LabeledVideo VideoClassifier::label(const std::filesystem::path& video, const ClipOptions& options,
                                    std::size_t top) {
  LabeledVideo labeled;
  label({video}, options, top, [&](const LabeledVideo& result) {
    labeled = result;
    return true;
  });
  if (!labeled.error.empty()) fail("{}: {}", video, Lines{labeled.error});
  return labeled;
}

void VideoClassifier::label(const std::vector<std::filesystem::path>& videos, const ClipOptions& options,
                            std::size_t top, const Report& report) {
  bool stopped = false;
  LabelOptions labelling;
  labelling.top = top;
  labelling.stopped = [&] { return stopped; };
  impl_->run(videos, options, labelling, [&](const VideoResult& result) {
    if (!stopped) stopped = !report(impl_->shown(result));
  });
}

void VideoClassifier::score_videos(const std::vector<std::filesystem::path>& videos,
                                   const ClipOptions& options, std::size_t top, const ScoreReport& report,
                                   const std::function<bool()>& stop_requested) {
  bool stopped = false;
  LabelOptions labelling;
  labelling.top = top;
  labelling.keeps_probabilities = true;
  labelling.stopped = [&] { return stopped || (stop_requested && stop_requested()); };
  impl_->run(videos, options, labelling, [&](const VideoResult& result) {
    if (labelling.stopped()) return;
    VideoProbabilities probabilities;
    if (result.ok()) {
      VideoScore mean(labels().size());
      for (const std::vector<float>& clip : result.clip_probabilities) {
        mean.add(clip);
        probabilities.windows.insert(probabilities.windows.end(), clip.begin(), clip.end());
      }
      probabilities.video = mean.probabilities();
    }
    stopped = !report(impl_->shown(result), probabilities);
  });
}

std::array<std::int64_t, 4> VideoClassifier::clip_shape() const {
  const ClipSpec spec = clip_spec(impl_->network.classifier().info());
  return {spec.clip_frames, spec.stored_height(), spec.stored_width(), kColours};
}

std::vector<float> VideoClassifier::score(std::span<const std::uint8_t> clip) {
  const Clip one{.video = 0, .first_frame = 0, .frames = ClipFrames(clip)};
  return impl_->network.keeping(Feature::none).classify(std::span(&one, 1)).front().probabilities;
}

std::vector<float> VideoClassifier::score(const ClipArray& clips,
                                          const std::function<bool()>& stop_requested) {
  impl_->network.keeping(Feature::none);
  return impl_->arrays.score(clips, impl_->network.batch(), stop_requested);
}

}  // namespace c3d
