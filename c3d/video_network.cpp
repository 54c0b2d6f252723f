#include "c3d/video_network.h"

#include "c3d/inference/shared_network.h"

namespace c3d {

VideoNetwork::VideoNetwork(const std::filesystem::path& weights, const NetworkOptions& options)
    : impl_(std::make_shared<Impl>(weights, options)) {}

const std::vector<std::string>& VideoNetwork::labels() const { return impl_->classifier().info().labels; }
bool VideoNetwork::has_label_sets() const { return impl_->classifier().info().has_label_sets; }
const std::vector<double>& VideoNetwork::thresholds() const { return impl_->classifier().thresholds(); }
std::string VideoNetwork::description() const { return impl_->description(); }

std::array<std::int64_t, 3> VideoNetwork::input_size() const {
  const C3dConfig& network = impl_->classifier().info().network;
  return {network.clip_frames, network.crop, network.crop};
}

}  // namespace c3d
