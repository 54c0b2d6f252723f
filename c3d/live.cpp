#include "c3d/live.h"

#include "c3d/inference/shared_network.h"
#include "c3d/live/live_run.h"

namespace c3d {

class LiveClassifier::Impl {
 public:
  explicit Impl(const VideoNetwork& of) : shared(of), network(*of.impl()) {}

  VideoNetwork shared;
  VideoNetwork::Impl& network;
};

LiveClassifier::LiveClassifier(const std::filesystem::path& weights, const NetworkOptions& options)
    : LiveClassifier(VideoNetwork(weights, options)) {}
LiveClassifier::LiveClassifier(const VideoNetwork& network) : impl_(std::make_unique<Impl>(network)) {}
LiveClassifier::~LiveClassifier() = default;
LiveClassifier::LiveClassifier(LiveClassifier&& other) noexcept = default;
LiveClassifier& LiveClassifier::operator=(LiveClassifier&& other) noexcept = default;

const std::vector<std::string>& LiveClassifier::labels() const {
  return impl_->network.classifier().info().labels;
}

std::string LiveClassifier::description() const { return impl_->network.description(); }

LiveTotals LiveClassifier::run(const std::string& source, const LiveOptions& options,
                               const LiveCallbacks& callbacks) {
  Classifier& classifier = impl_->network.keeping(Feature::none);
  return run_live(classifier, live_rule(live_address(source), options, classifier.info()), callbacks);
}

const char* live_event_name(LiveEventKind kind) {
  switch (kind) {
    case LiveEventKind::connected:
      return "connected";
    case LiveEventKind::lost:
      return "lost";
    case LiveEventKind::reconnecting:
      return "reconnecting";
    case LiveEventKind::size_changed:
      return "size_changed";
    case LiveEventKind::recorded:
      return "recorded";
    case LiveEventKind::not_recorded:
      break;
  }
  return "not_recorded";
}

}  // namespace c3d
