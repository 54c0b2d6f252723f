#include "data/synth/synth_source.h"

#include <array>
#include <charconv>
#include <string>

#include "data/synth/draws.h"
#include "engine/core/error.h"

namespace c3d::synth {
namespace {

constexpr std::size_t kPlannedAtATime = 1U << 16U;  // some 50 milliseconds

enum class PlayOrder : std::uint8_t { forward, backward, shuffled };

// How a clip is played.
struct Playback {
  PlayOrder order = PlayOrder::forward;
  bool is_fast = false;
  bool late_quarter_first = false;  // of shuffled ones
};

constexpr std::array<std::string_view, 6> kPlaybackNames = {
    "forward", "forward, fast", "backward", "backward, fast", "shuffled", "shuffled, fast"};
constexpr float kFastPace = 2;

Playback draw_playback(std::uint64_t seed, std::uint64_t index) {
  Draws draws(seed, index, Use::playback);
  const auto order = static_cast<PlayOrder>(draws.below(3));
  const bool is_fast = draws.chance(0.5F);
  return {order, is_fast, draws.chance(0.5F)};
}

// As kPlaybackNames counts them.
std::int32_t playback_label(const Playback& playback) {
  return 2 * static_cast<std::int32_t>(playback.order) + (playback.is_fast ? 1 : 0);
}

// Which of a clip's `count` moments its frame i shows.
// Shuffled quarters stand so that no two neighbours follow each other, forward or backward: 1 3 0 2 or 2 0 3 1.
int moment_of(const Playback& playback, int i, int count) {
  if (playback.order == PlayOrder::forward) return i;
  if (playback.order == PlayOrder::backward) return count - 1 - i;
  constexpr std::array<std::array<int, 4>, 2> kQuarters = {{{1, 3, 0, 2}, {2, 0, 3, 1}}};
  const int quarter = count / 4;
  if (i >= 4 * quarter) return i;
  const auto& quarters = kQuarters[playback.late_quarter_first ? 1 : 0];
  return quarters[static_cast<std::size_t>(i / quarter)] * quarter + i % quarter;
}

ScenePlan at_pace(ScenePlan plan, const Playback& playback) {
  if (playback.is_fast) plan.seconds *= kFastPace;
  return plan;
}

class SceneFrames final : public FrameSource {
 public:
  SceneFrames(const ScenePlan& plan, const SceneSize& size, const Playback& playback)
      : size_(size), playback_(playback), renderer_(at_pace(plan, playback), size) {}

  std::int64_t frame_count() const override { return size_.frames; }
  int width() const override { return size_.width; }
  int height() const override { return size_.height; }

  void read(std::int64_t first, int stride, int count, std::span<std::uint8_t> out) override {
    const std::int64_t last = first + std::int64_t{count - 1} * stride;
    expect(first >= 0 && last < size_.frames, "synthetic scene: frames {} to {} of {} do not exist", first,
           last, size_.frames);
    const std::size_t bytes =
        static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height) * 3;
    for (int i = 0; i < count; ++i) {
      renderer_.render(static_cast<int>(first + std::int64_t{moment_of(playback_, i, count)} * stride),
                       out.subspan(static_cast<std::size_t>(i) * bytes, bytes));
    }
  }

 private:
  SceneSize size_;
  Playback playback_;
  SceneRenderer renderer_;
};

std::vector<std::string> labels_of(SceneTargets targets) {
  if (targets == SceneTargets::playback) return {kPlaybackNames.begin(), kPlaybackNames.end()};
  std::vector<std::string> names;
  for (const Attribute& attribute : scene_attributes()) {
    for (const std::string_view value : attribute.values) {
      names.push_back(targets == SceneTargets::motion ? std::string(value)
                                                      : fmt::format("{}: {}", attribute.name, value));
    }
    if (targets == SceneTargets::motion) break;  // it comes first
  }
  return names;
}

// As labels_of() counts them.
std::vector<std::int32_t> label_set_of(const SceneLabels& labels) {
  std::vector<std::int32_t> set;
  std::int32_t before = 0;
  for (std::size_t i = 0; i < kSceneAttributes; ++i) {
    set.push_back(before + labels.values[i]);
    before += static_cast<std::int32_t>(scene_attributes()[i].values.size());
  }
  return set;
}

}  // namespace

Dataset synth_dataset(std::uint64_t seed, std::uint64_t first, std::int64_t count, int frames,
                      SceneTargets targets, const std::function<void(std::int64_t)>& planned) {
  Dataset dataset;
  dataset.has_label_sets = targets == SceneTargets::attributes;
  dataset.labels = labels_of(targets);
  dataset.videos.reserve(static_cast<std::size_t>(count));
  for (std::uint64_t index = first; index < first + static_cast<std::uint64_t>(count); ++index) {
    const SceneLabels labels = plan_scene(seed, index).labels;
    const std::int32_t label = targets == SceneTargets::playback ? playback_label(draw_playback(seed, index))
                                                                 : labels[SceneAttribute::motion];
    Video& video = dataset.videos.emplace_back(Video{std::to_string(index), label, frames});
    if (dataset.has_label_sets) video.label_set = label_set_of(labels);
    if (planned && dataset.videos.size() % kPlannedAtATime == 0) planned(std::ssize(dataset.videos));
  }
  return dataset;
}

std::uint64_t scene_index(const Video& video) {
  const std::string name = video.path.filename().string();
  std::uint64_t index = 0;
  const auto [end, status] = std::from_chars(name.data(), name.data() + name.size(), index);
  expect(status == std::errc() && end == name.data() + name.size(), "{}: is no scene of the synthetic world",
         video.path);
  return index;
}

std::function<std::unique_ptr<FrameSource>(const Video&)> open_synth(std::uint64_t seed,
                                                                     const SceneSize& size,
                                                                     SceneTargets targets) {
  return [seed, size, targets](const Video& video) {
    const std::uint64_t index = scene_index(video);
    const Playback playback = targets == SceneTargets::playback ? draw_playback(seed, index) : Playback{};
    return std::make_unique<SceneFrames>(plan_scene(seed, index), size, playback);
  };
}

}  // namespace c3d::synth
