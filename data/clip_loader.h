// Worker threads fill a ring of batches from videos, and augment them; implements BatchSource. The batches
// are the same for any number of workers. A clip that fails to decode is counted, and replaced by that of the
// next good index; in evaluation order its row becomes padding (label -1) instead. One thread drives a
// loader.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/clip_reader.h"
#include "data/clip_sampler.h"
#include "engine/core/backend.h"
#include "engine/distributed/batch_share.h"
#include "engine/train/batch_source.h"

namespace c3d {

struct LoaderOptions {
  std::int64_t batch = 16;
  int workers = 1;  // fewer where the process may not open files enough
  int ring = 3;     // batches in flight
  std::uint64_t seed = 0;
  Augmentation augmentation = {};    // of training clips; one that changes pixels wants crop_when_read
  std::int64_t clips_per_video = 1;  // training: samples drawn from each video in an epoch
  double balance = 0;                // training: of the classes, see data/class_balance.h
  // Which batches of an epoch this loader reads, where several processes share them; the numbers of batches and clips stay
  // those of the whole epoch.
  BatchShare share = {};
  bool evaluates = false;  // evaluation order: the clips of each video in turn, no randomness
};

struct LoaderFailure {
  std::filesystem::path path;
  std::string error;
};

class ClipLoader : public BatchSource {
 public:
  using OpenVideo = c3d::OpenVideo;
  // The backend gives pinned memory for the ring and outlives the loader; dataset is copied.
  ClipLoader(Backend& backend, Dataset dataset, const ClipSpec& spec, const LoaderOptions& options,
             OpenVideo open);
  ~ClipLoader() override;  // stops the workers, also in mid-epoch

  std::int64_t batches_per_epoch() const override;
  std::int64_t clips_per_epoch() const override;
  std::int64_t rows_per_batch() const override;
  void start_epoch(int epoch, std::int64_t first_batch = 0) override;
  const Batch* next() override;
  std::vector<LoaderFailure> failures() const;  // so far: each video once, in the dataset's order
  double wait_seconds() const;                  // how long next() waited for workers

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace c3d
