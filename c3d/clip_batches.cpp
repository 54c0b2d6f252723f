#include "c3d/clip_batches.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "c3d/training/prepared_data.h"
#include "data/clip_loader.h"
#include "engine/core/argument.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "kernels/make_backend.h"

namespace c3d {
namespace {

struct Stopped : std::exception {};

TrainSettings settings_of(const std::vector<SettingValue>& values) {
  TrainSettings settings;
  for (const SettingValue& value : values) assign(settings, value);
  check_settings(settings);
  expect_argument(!settings.data.empty(), "no videos are given: `data` is a folder or a list");
  expect_argument(
      settings.mixup.empty() && settings.cutmix.empty(),
      "clips that are mixed of two (mixup, cutmix) have two labels: leave these settings out, and "
      "mix batches where the loss is computed");
  return settings;
}

PreparedData prepare(const TrainSettings& settings, const TrainingCallbacks& callbacks) try {
  const auto reading = [&](std::int64_t done, std::int64_t total) {
    if (callbacks.stop_requested && callbacks.stop_requested()) throw Stopped();
    if (callbacks.reading) callbacks.reading(done, total);
  };
  PreparedData data = prepare_data(settings, reading);
  if (callbacks.note) {
    for (const std::string& note : data.notes) callbacks.note(printable_lines(note));
  }
  return data;
} catch (const Stopped&) {
  fail("reading the videos was stopped before its end");
}

// [D,H,W,3], each row of pixels from its end.
void copy_mirrored(std::span<const std::uint8_t> clip, std::size_t row_bytes, std::uint8_t* out) {
  constexpr std::size_t kPixel = 3;
  for (std::size_t row = 0; row < clip.size(); row += row_bytes) {
    for (std::size_t pixel = row_bytes; pixel > 0; pixel -= kPixel) {
      out = std::copy_n(clip.data() + row + pixel - kPixel, kPixel, out);
    }
  }
}

}  // namespace

class ClipBatches::Impl {
 public:
  Impl(const std::vector<SettingValue>& values, Side side, const TrainingCallbacks& callbacks)
      : Impl(settings_of(values), side, callbacks) {}
  Impl(const TrainSettings& settings, Side side, const TrainingCallbacks& callbacks)
      : backend(make_backend({.device = "reference"})), batch(settings.batch) {
    PreparedData data = prepare(settings, callbacks);
    const bool trains = side == Side::training;
    dataset = trains ? std::move(data.train) : std::move(data.validation);
    expect(!dataset.videos.empty(), "{}: no video validates; give `val`, or a larger validation_share",
           settings.data);
    spec = trains ? data.clip : evaluation_clip(settings, data.clip);
    spec.crop_when_read = true;
    loader =
        std::make_unique<ClipLoader>(*backend, dataset, spec, loader_options(settings, trains), data.open);
  }

  std::size_t clip_bytes() const {
    const auto side = static_cast<std::size_t>(spec.crop);
    return static_cast<std::size_t>(spec.clip_frames) * side * side * 3;
  }

  void copy_clips(const Batch& from, std::span<std::uint8_t> clips) const {
    const std::size_t bytes = clip_bytes();
    for (std::int64_t row = 0; row < from.size; ++row) {
      const std::span clip(from.frames_u8.as<std::uint8_t>() + static_cast<std::size_t>(row) * bytes, bytes);
      std::uint8_t* const out = clips.data() + static_cast<std::size_t>(row) * bytes;
      if (from.crops_i32.as<std::int32_t>()[3 * row + 2] != 0) {
        copy_mirrored(clip, static_cast<std::size_t>(spec.crop) * 3, out);
      } else {
        std::memcpy(out, clip.data(), bytes);
      }
    }
  }

  std::unique_ptr<Backend> backend;  // gives memory alone
  Dataset dataset;
  ClipSpec spec;
  std::int64_t batch;
  std::unique_ptr<ClipLoader> loader;  // last: it uses the others
};

ClipBatches::ClipBatches(const std::vector<SettingValue>& settings, Side side,
                         const TrainingCallbacks& callbacks)
    : impl_(std::make_unique<Impl>(settings, side, callbacks)) {}
ClipBatches::~ClipBatches() = default;
ClipBatches::ClipBatches(ClipBatches&& other) noexcept = default;
ClipBatches& ClipBatches::operator=(ClipBatches&& other) noexcept = default;

const std::vector<std::string>& ClipBatches::labels() const { return impl_->dataset.labels; }

std::vector<std::filesystem::path> ClipBatches::videos() const {
  std::vector<std::filesystem::path> paths;
  paths.reserve(impl_->dataset.videos.size());
  for (const Video& video : impl_->dataset.videos) paths.push_back(video.path);
  return paths;
}

std::array<std::int64_t, 4> ClipBatches::clip_shape() const {
  return {impl_->spec.clip_frames, impl_->spec.crop, impl_->spec.crop, 3};
}

std::int64_t ClipBatches::batch() const { return impl_->batch; }
std::int64_t ClipBatches::batches_per_epoch() const { return impl_->loader->batches_per_epoch(); }
std::int64_t ClipBatches::clips_per_epoch() const { return impl_->loader->clips_per_epoch(); }
std::size_t ClipBatches::batch_bytes() const {
  return impl_->clip_bytes() * static_cast<std::size_t>(impl_->batch);
}

void ClipBatches::start_epoch(std::int64_t epoch, std::int64_t first) {
  expect_argument(epoch >= 0 && epoch <= std::numeric_limits<int>::max(), "there is no epoch {}", epoch);
  expect_argument(first >= 0 && first <= batches_per_epoch(), "an epoch of {} batches has no batch {}",
                  batches_per_epoch(), first);
  impl_->loader->start_epoch(static_cast<int>(epoch), first);
}

bool ClipBatches::next(std::span<std::uint8_t> clips, ClipBatch& batch) {
  expect(clips.size() == batch_bytes(), "a batch has {} bytes, and {} were given for it", batch_bytes(),
         clips.size());
  const Batch* const from = impl_->loader->next();
  if (from == nullptr) return false;
  impl_->copy_clips(*from, clips);
  const auto size = static_cast<std::size_t>(from->size);
  batch = {.size = from->size, .labels = {}, .label_sets = {}, .videos = {}, .first_frames = {}};
  batch.labels.assign(from->labels_i32.as<std::int32_t>(), from->labels_i32.as<std::int32_t>() + size);
  if (!from->label_sets.empty()) {
    const float* const sets = from->label_sets.as<float>();
    batch.label_sets.assign(sets, sets + size * labels().size());
  }
  for (const ClipOrigin& origin : from->origins.first(size)) {
    batch.videos.push_back(origin.video);
    batch.first_frames.push_back(origin.first_frame);
  }
  return true;
}

}  // namespace c3d
