#include "tools/c3d_bench/augment_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <map>
#include <memory>

#include "c3d/common/machine.h"
#include "data/augment/clip_augmenter.h"
#include "data/augment/clip_mixing.h"
#include "data/clip_reader.h"
#include "data/video_reader.h"
#include "engine/core/error.h"
#include "engine/io/json.h"
#include "tools/c3d_bench/decode_bench.h"
#include "tools/c3d_bench/stopwatch.h"

namespace c3d {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr int kClipsOfAnItem = 50;

// What a small set bears.
Augmentation usual_strengths() {
  Augmentation spec;
  spec.scale = {.low = 0.5, .high = 1};
  spec.aspect = {.low = 0.75, .high = 4.0 / 3};
  spec.rotate = {.most = 10, .probability = 0.5};
  spec.brightness = spec.contrast = spec.saturation = {.most = 0.3};
  spec.hue = {.most = 0.05};
  spec.blur = {.most = 1, .probability = 0.2};
  spec.noise = {.most = 8, .probability = 0.2};
  spec.erase = {.most = 0.2, .probability = 0.25};
  spec.speed = {.low = 0.75, .high = 4.0 / 3};
  return spec;
}

// CPU time of this thread: other programs on the machine do not count.
double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double median_seconds(int repeats, const std::function<void()>& work) {
  std::vector<double> seconds;
  for (int i = 0; i < repeats; ++i) {
    const double start = thread_seconds();
    work();
    seconds.push_back(thread_seconds() - start);
  }
  return median(seconds);
}

// A whole video's frames, as a warm cache of frames has them. Copies share them.
class FramesInMemory : public FrameSource {
 public:
  explicit FramesInMemory(FrameSource& source)
      : count_(source.frame_count()), width_(source.width()), height_(source.height()) {
    std::vector<std::uint8_t> frames(static_cast<std::size_t>(count_) * frame_bytes());
    source.read(0, 1, static_cast<int>(count_), frames);
    frames_ = std::make_shared<const std::vector<std::uint8_t>>(std::move(frames));
  }

  std::int64_t frame_count() const override { return count_; }
  int width() const override { return width_; }
  int height() const override { return height_; }
  void read(std::int64_t first, int stride, int count, std::span<std::uint8_t> out) override {
    for (int i = 0; i < count; ++i) {
      const auto from = static_cast<std::size_t>(first + std::int64_t{i} * stride) * frame_bytes();
      std::copy_n(&frames_->at(from), frame_bytes(), &out[static_cast<std::size_t>(i) * frame_bytes()]);
    }
  }

 private:
  std::size_t frame_bytes() const {
    return std::size_t{3} * static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
  }

  std::int64_t count_;
  int width_, height_;
  std::shared_ptr<const std::vector<std::uint8_t>> frames_;
};

Dataset videos_below(const std::filesystem::path& folder, FrameSize size) {
  Dataset dataset{.labels = {"any"}, .videos = {}};
  std::vector<std::uint8_t> frame(std::size_t{3} * static_cast<std::size_t>(size.width) *
                                  static_cast<std::size_t>(size.height));
  for (const std::filesystem::path& path : videos_to_decode(folder)) {
    try {
      const std::int64_t frames = count_frames(path);
      open_frames(path, frames, size)->read(0, 1, 1, frame);
      dataset.videos.push_back({path, 0, frames});
    } catch (const Error&) {  // left out: nothing can be measured with it
    }
  }
  expect(!dataset.videos.empty(), "{}: holds no video that decodes", folder.string());
  return dataset;
}

// A clip of each video in its turn.
void read_epoch(const Dataset& dataset, const ClipSpec& clip, const OpenVideo& open,
                const Augmentation& augmentation) {
  ClipReader reader(dataset, clip, open);
  const std::vector<std::int32_t> order = epoch_order(dataset, clip, kSeed, 0);
  std::vector<std::uint8_t> out(std::size_t{3} * static_cast<std::size_t>(clip.clip_frames) *
                                static_cast<std::size_t>(clip.stored_height()) *
                                static_cast<std::size_t>(clip.stored_width()));
  for (std::size_t i = 0; i < order.size(); ++i)
    reader.read(sample_clip(dataset, clip, order, kSeed, 0, static_cast<std::int64_t>(i), augmentation), out);
}

AugmentTimes::Rates measure_clips(const Dataset& dataset, const OpenVideo& open, int repeats) {
  const ClipSpec plain;
  ClipSpec cropped;
  cropped.crop_when_read = true;
  const auto clips = static_cast<double>(dataset.videos.size());
  read_epoch(dataset, plain, open, {});  // to warm up
  AugmentTimes::Rates rates;
  rates.plain = clips / median_seconds(repeats, [&] { read_epoch(dataset, plain, open, {}); });
  rates.augmented =
      clips / median_seconds(repeats, [&] { read_epoch(dataset, cropped, open, usual_strengths()); });
  return rates;
}

std::vector<std::pair<std::string, double>> measure_items(int repeats) {
  const ClipSpec clip;
  const auto frames = static_cast<std::size_t>(clip.clip_frames);
  std::vector<std::uint8_t> whole(frames * 3 * static_cast<std::size_t>(clip.resize_width) *
                                  static_cast<std::size_t>(clip.resize_height));
  for (std::size_t i = 0; i < whole.size(); ++i) whole[i] = static_cast<std::uint8_t>(i * 2654435761U >> 24U);
  std::vector<std::uint8_t> out(frames * 3 * static_cast<std::size_t>(clip.crop) *
                                static_cast<std::size_t>(clip.crop));
  ClipAugmenter augmenter(clip.clip_frames, clip.crop);
  const auto microseconds = [&](const Augmentation& spec) {
    return 1e6 / kClipsOfAnItem * median_seconds(repeats, [&] {
             for (int i = 0; i < kClipsOfAnItem; ++i)
               augmenter.run(draw_augmentation(spec, kSeed, 0, i), {.top = 8, .left = 29}, whole,
                             clip.resize_height, clip.resize_width, out);
           });
  };
  const Augmentation usual = usual_strengths();
  Augmentation scale, rotate, colour, blur, noise, erase;
  scale.scale = usual.scale;
  scale.aspect = usual.aspect;
  rotate.rotate = {usual.rotate.most};
  colour.brightness = usual.brightness;
  blur.blur = {usual.blur.most};
  noise.noise = {usual.noise.most};
  erase.erase = {usual.erase.most};
  std::vector<std::pair<std::string, double>> items = {{"all, as often as usual", microseconds(usual)},
                                                       {"nothing but the crop", microseconds({})},
                                                       {"scale and aspect", microseconds(scale)},
                                                       {"rotate", microseconds(rotate)},
                                                       {"colour", microseconds(colour)},
                                                       {"blur", microseconds(blur)},
                                                       {"noise", microseconds(noise)},
                                                       {"erase", microseconds(erase)}};
  std::vector<std::uint8_t> batch(8 * out.size());
  for (const auto& [name, kind] : {std::pair{"mixup", Mix::mixup}, std::pair{"cutmix", Mix::cutmix}}) {
    const std::vector<MixDraw> draws(8, {.kind = kind, .first_share = 0.6});
    items.emplace_back(name, 1e6 / 8 * median_seconds(repeats, [&] {
                               mix_clips(batch, clip.clip_frames, clip.crop, draws, 3);
                             }));
  }
  return items;
}

nlohmann::ordered_json to_json(const AugmentTimes::Rates& rates) {
  return {{"plain_clips_per_second", rates.plain},
          {"augmented_clips_per_second", rates.augmented},
          {"lost_share", rates.lost()}};
}

}  // namespace

AugmentTimes measure_augmentation(const std::filesystem::path& folder, int repeats) {
  const ClipSpec clip;
  const FrameSize size{clip.resize_width, clip.resize_height};
  const Dataset dataset = videos_below(folder, size);
  AugmentTimes times;
  times.clips = static_cast<std::int64_t>(dataset.videos.size());
  const OpenVideo decode = [&](const Video& video) { return open_frames(video.path, video.frames, size); };
  times.decoded = measure_clips(dataset, decode, repeats);
  std::map<std::filesystem::path, FramesInMemory> kept;
  for (const Video& video : dataset.videos) kept.emplace(video.path, FramesInMemory(*decode(video)));
  const OpenVideo remember = [&](const Video& video) {
    return std::make_unique<FramesInMemory>(kept.at(video.path));
  };
  times.in_memory = measure_clips(dataset, remember, repeats);
  times.items = measure_items(repeats);
  return times;
}

std::string augment_table(const AugmentTimes& times) {
  std::string table =
      fmt::format("{}\n{} clips of 16 frames, by the time of one thread:\n", machine_name(), times.clips);
  const auto add = [&table](const char* from, const AugmentTimes::Rates& rates) {
    table += fmt::format("{}: {:.1f} clips/s, augmented {:.1f}: {:.1f} % less\n", from, rates.plain,
                         rates.augmented, 100 * rates.lost());
  };
  add("decoded", times.decoded);
  add("from frames in memory", times.in_memory);
  for (const auto& [name, microseconds] : times.items)
    table += fmt::format("  {:<24} {:>6.0f} us a clip\n", name, microseconds);
  return table;
}

std::string augment_json(const AugmentTimes& times, const std::string& command) {
  nlohmann::ordered_json json{{"command", command}, {"machine", machine_name()}, {"commit", commit()}};
  json["clips"] = times.clips;
  json["decoded"] = to_json(times.decoded);
  json["in_memory"] = to_json(times.in_memory);
  for (const auto& [name, microseconds] : times.items) json["microseconds_per_clip"][name] = microseconds;
  return dump_json(json, 1) + "\n";
}

}  // namespace c3d
