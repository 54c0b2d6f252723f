// What a data pipeline must give: batches of clips, in an order that depends on (seed, epoch, index) alone.
#pragma once

#include <cstdint>
#include <span>

#include "engine/core/tensor.h"

namespace c3d {

struct ClipOrigin {
  std::int32_t video = -1;  // in the dataset; -1: a padding row
  std::int64_t first_frame = 0;
};

// Views into pinned or host memory, valid until the next call of next(). N is the same for every batch; rows
// from `size` on, and in evaluation rows whose clip failed to decode, are padding (label -1) and count for
// nothing.
struct Batch {
  ConstTensor frames_u8;   // [N,D,Hs,Ws,3] RGB
  ConstTensor crops_i32;   // [N,3] top, left, flip
  ConstTensor labels_i32;  // [N]; of a row with a label set any class of it
  // Rows that are two clips in one (mixup, cutmix), as CrossEntropyTargets has them; both empty: none is.
  ConstTensor second_labels_i32 = {};  // [N]
  ConstTensor mix = {};                // f32 [N], the first label's share
  // Clips that show any number of classes: f32 [N,classes], 1 where a class is there, else 0; negative in
  // padding rows. Empty: each clip has one label.
  ConstTensor label_sets = {};
  std::span<const ClipOrigin> origins;
  std::int64_t size = 0;
};

class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual std::int64_t batches_per_epoch() const = 0;
  // Rows that count in an epoch: every batch is full but the last.
  virtual std::int64_t clips_per_epoch() const = 0;
  virtual std::int64_t rows_per_batch() const = 0;  // N
  // Starts an epoch at its batch number first_batch: resume in the middle gives the same batches.
  virtual void start_epoch(int epoch, std::int64_t first_batch = 0) = 0;
  // nullptr: the epoch is over. Throws what a worker threw.
  virtual const Batch* next() = 0;
};

}  // namespace c3d
