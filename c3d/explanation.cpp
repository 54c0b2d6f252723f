#include "c3d/explanation.h"

#include "c3d/explanation/explain_video.h"
#include "c3d/explanation/explanation_files.h"
#include "c3d/inference/labeller.h"
#include "c3d/inference/shared_network.h"
#include "engine/core/argument.h"
#include "engine/core/error.h"

namespace c3d {

class VideoExplainer::Impl {
 public:
  Impl(const VideoNetwork& of, const std::string& layer)
      : shared(of), network(*of.impl()), cam(network.classifier(), layer) {}

  const ModelInfo& info() const { return network.classifier().info(); }

  VideoResult labelled(const Input& input, const ExplanationRule& rule) const {
    LabelOptions labelling;
    labelling.top = 1;
    labelling.batch = rule.batch;
    labelling.clip = rule.clip;
    labelling.reading = rule.reading;
    labelling.keeps_probabilities = true;
    labelling.stopped = [&] { return rule.is_unwanted(); };
    const std::vector<Input> inputs{input};
    VideoResult result;
    Labeller(network.keeping(Feature::none), inputs, labelling, [&](const VideoResult& one) {
      result = one;
    }).run();
    expect(!rule.is_unwanted(), "its explanation was not wanted any more");
    return result;
  }

  VideoNetwork shared;
  VideoNetwork::Impl& network;
  GradCam cam;
};

VideoExplainer::VideoExplainer(const std::filesystem::path& weights, const std::string& layer,
                               const NetworkOptions& options)
    : VideoExplainer(VideoNetwork(weights, options), layer) {}
VideoExplainer::VideoExplainer(const VideoNetwork& network, const std::string& layer)
    : impl_(std::make_unique<Impl>(network, layer)) {}
VideoExplainer::~VideoExplainer() = default;
VideoExplainer::VideoExplainer(VideoExplainer&& other) noexcept = default;
VideoExplainer& VideoExplainer::operator=(VideoExplainer&& other) noexcept = default;

const std::vector<std::string>& VideoExplainer::labels() const { return impl_->info().labels; }

std::array<std::int64_t, 3> VideoExplainer::grid() const {
  const Extent3 grid = impl_->cam.grid();
  return {grid.d, grid.h, grid.w};
}

std::string VideoExplainer::description() const { return impl_->network.description(); }

VideoExplanation VideoExplainer::explain(const std::filesystem::path& video, const ClipOptions& options,
                                         const std::string& label) {
  return explain(video, options, label, std::function<bool()>());
}

VideoExplanation VideoExplainer::explain(const std::filesystem::path& video, const ClipOptions& options,
                                         const std::string& label,
                                         const std::function<bool()>& stop_requested) {
  const std::string unknown = unknown_label(label, labels());
  expect_argument(unknown.empty(), "{}", unknown);
  const ExplanationRule rule{.batch = impl_->network.batch(),
                             .clips = options,
                             .clip = clip_spec(options, impl_->info()),
                             .reading = read_options(options),
                             .label = label,
                             .stop_requested = stop_requested};
  const Input input = input_of(video);
  try {
    const VideoResult result = impl_->labelled(input, rule);
    expect(result.ok(), "{}", Lines{result.error});
    VideoExplanation explanation = explain_video(impl_->cam, input, result, rule);
    explanation.warnings.insert(explanation.warnings.begin(), result.warnings.begin(), result.warnings.end());
    return explanation;
  } catch (const Error& error) {
    fail("{}: {}", video, Lines{error.message()});
  }
}

void VideoExplainer::write(const VideoExplanation& explanation, const std::filesystem::path& file,
                           const ExplanationCallbacks& callbacks) const {
  expect(explanation.layer == impl_->cam.layer() && explanation.grid == grid() &&
             std::ssize(explanation.maps) ==
                 std::ssize(explanation.windows) * explanation.crops * impl_->cam.grid().volume(),
         "{}: its explanation is of another network or layer than this one", explanation.file);
  const ClipSpec spec = clip_spec(explanation.clips, impl_->info());
  write_explanation(explanation,
                    {.file = file,
                     .video = explanation.file,
                     .clip = spec,
                     .numbering = numbering_of(spec, read_options(explanation.clips))},
                    callbacks);
}

}  // namespace c3d
