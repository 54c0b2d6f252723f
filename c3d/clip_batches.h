// Batches of clips for programs that train with something else: our decoder, cache, sampler and augmentation
// behind an iterator.
//
//   c3d::ClipBatches batches({{"data", "videos"}, {"batch", "8"}});
//   std::vector<std::uint8_t> clips(batches.batch_bytes());
//   c3d::ClipBatch batch;
//   batches.start_epoch(0);
//   while (batches.next(clips, batch)) ...
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "c3d/export.h"
#include "c3d/training.h"

namespace c3d {

// What belongs to the clips of a batch, a value for each of them.
struct ClipBatch {
  std::int64_t size = 0;             // clips; the last batch of an epoch may have fewer than the others
  std::vector<std::int32_t> labels;  // of label sets any class of it; -1: the clip could not be read
  std::vector<float> label_sets;     // [size, classes], 1 where a class is there; empty: one label each
  std::vector<std::int64_t> videos;  // of ClipBatches::videos(); -1: the clip could not be read
  std::vector<std::int64_t> first_frames;
};

// Worker threads read and augment ahead of next(). The batches depend on the settings and the number of the
// epoch alone, not on the number of threads. One thread at a time uses it. A moved-from one may only be
// destroyed or assigned to.
class C3D_API ClipBatches {
 public:
  enum class Side : std::uint8_t { training, validation };

  // settings: those of training() that say which videos there are and what clips are made of them: data, val,
  // validation_share, batch, seed, clips_per_video, balance, loader_threads, crop, flip, scale ... Not mixup
  // and cutmix. Clips of `training` are drawn at random, those of `validation` spread over each video.
  // callbacks: reading, note and stop_requested are called meanwhile. Error: as of train(); no video on this
  // side; it was asked to stop.
  explicit ClipBatches(const std::vector<SettingValue>& settings, Side side = Side::training,
                       const TrainingCallbacks& callbacks = {});
  ~ClipBatches();  // stops the threads
  ClipBatches(ClipBatches&& other) noexcept;
  ClipBatches& operator=(ClipBatches&& other) noexcept;

  const std::vector<std::string>& labels() const;     // of the classes
  std::vector<std::filesystem::path> videos() const;  // of this side
  std::array<std::int64_t, 4> clip_shape() const;     // frames, height, width, 3
  std::int64_t batch() const;                         // clips of a full one
  std::int64_t batches_per_epoch() const;
  std::int64_t clips_per_epoch() const;
  std::size_t batch_bytes() const;

  // From its batch `first` on: what was left of another epoch is dropped. Of the validation side all epochs
  // are equal.
  void start_epoch(std::int64_t epoch, std::int64_t first = 0);
  // The next batch: its clips, [size, frames, height, width, 3] bytes of red, green and blue, cropped and
  // mirrored, into `clips`, which has batch_bytes(). False: the epoch is over. Error: before start_epoch();
  // no video can be read.
  bool next(std::span<std::uint8_t> clips, ClipBatch& batch);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace c3d
