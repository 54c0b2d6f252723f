#include "c3d/explanation.h"

#include "c3d/explanation/explain_video.h"
#include "c3d/explanation/explanation_files.h"
#include "c3d/inference/labeller.h"
#include "c3d/inference/loaded_network.h"
#include "engine/core/error.h"

namespace c3d {

class VideoExplainer::Impl {
 public:
  Impl(const std::filesystem::path& weights, const std::string& layer, const NetworkOptions& options)
      : network(weights, options, Feature::none), cam(network.classifier(), layer) {}

  const ModelInfo& info() const { return network.classifier().info(); }

  VideoResult labelled(const Input& input, const ExplanationRule& rule) {
    LabelOptions labelling;
    labelling.top = 1;
    labelling.batch = rule.batch;
    labelling.clip = rule.clip;
    labelling.reading = rule.reading;
    labelling.keeps_probabilities = true;
    const std::vector<Input> inputs{input};
    VideoResult result;
    Labeller(network.classifier(), inputs, labelling, [&](const VideoResult& one) { result = one; }).run();
    return result;
  }

  LoadedNetwork network;
  GradCam cam;
};

VideoExplainer::VideoExplainer(const std::filesystem::path& weights, const std::string& layer,
                               const NetworkOptions& options)
    : impl_(std::make_unique<Impl>(weights, layer, options)) {}
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
  const std::string unknown = unknown_label(label, labels());
  expect(unknown.empty(), "{}", unknown);
  const ExplanationRule rule{.batch = impl_->network.batch(),
                             .clips = options,
                             .clip = clip_spec(options, impl_->info()),
                             .reading = read_options(options),
                             .label = label};
  const Input input = input_of(video);
  const VideoResult result = impl_->labelled(input, rule);
  if (!result.ok()) fail("{}: {}", video, Lines{result.error});
  try {
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
