// Clips without files: videos of a square that moves over noise, as FrameSources for ClipLoader (a task that
// a small network learns), and one random batch given again and again (for measuring). Everything follows
// from numbers given.
#pragma once

#include <memory>

#include "data/clip_reader.h"
#include "engine/core/backend.h"
#include "engine/train/batch_source.h"

namespace c3d {

// Videos of four classes, by where their square moves: right, left, down, up. A single frame says nothing of
// the class. Paths ("right/17") name no files; they tell videos apart.
Dataset moving_squares(std::int64_t videos_per_class, std::int64_t frames);
// Opens a video of moving_squares() at the size to which the spec resizes. The square leaves at one side and
// comes in at the other.
OpenVideo open_moving_squares(const ClipSpec& spec, std::uint64_t seed);

struct RandomBatchOptions {
  std::int64_t batch = 16, batches_per_epoch = 1;
  std::int32_t classes = 101;
  std::uint64_t seed = 0;
};

// The same batch of random frames, crops, flips and labels each time.
class RandomBatch : public BatchSource {
 public:
  // The backend gives pinned memory and outlives the source.
  RandomBatch(Backend& backend, const ClipSpec& spec, const RandomBatchOptions& options);

  std::int64_t batches_per_epoch() const override { return batches_per_epoch_; }
  std::int64_t clips_per_epoch() const override { return batches_per_epoch_ * batch_.size; }
  std::int64_t rows_per_batch() const override { return batch_.size; }
  void start_epoch(int epoch, std::int64_t first_batch = 0) override;
  const Batch* next() override;

 private:
  std::int64_t batches_per_epoch_, next_;
  Buffer frames_, crops_, labels_;
  std::vector<ClipOrigin> origins_;
  Batch batch_;
};

}  // namespace c3d
