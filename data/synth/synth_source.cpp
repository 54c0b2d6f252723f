#include "data/synth/synth_source.h"

#include <charconv>
#include <string>

#include "engine/core/error.h"

namespace c3d::synth {
namespace {

constexpr std::size_t kPlannedAtATime = 1U << 16U;  // some 50 milliseconds

class SceneFrames final : public FrameSource {
 public:
  SceneFrames(const ScenePlan& plan, const SceneSize& size) : size_(size), renderer_(plan, size) {}

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
      renderer_.render(static_cast<int>(first + std::int64_t{i} * stride),
                       out.subspan(static_cast<std::size_t>(i) * bytes, bytes));
    }
  }

 private:
  SceneSize size_;
  SceneRenderer renderer_;
};

std::vector<std::string> labels_of(SceneTargets targets) {
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
    Video& video =
        dataset.videos.emplace_back(Video{std::to_string(index), labels[SceneAttribute::motion], frames});
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
                                                                     const SceneSize& size) {
  return [seed, size](const Video& video) {
    return std::make_unique<SceneFrames>(plan_scene(seed, scene_index(video)), size);
  };
}

}  // namespace c3d::synth
