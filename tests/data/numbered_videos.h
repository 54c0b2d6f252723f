// Videos in memory whose pixels say which video and which frame they are, and that can be told to fail.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "data/clip_loader.h"

namespace c3d {

struct NumberedVideos {
  std::vector<std::int64_t> frames;          // of each video; its label is its number modulo 3
  std::set<std::int32_t> broken;             // opening throws Error
  std::map<std::int32_t, std::int64_t> cut;  // reading from this frame on throws Error
  std::set<std::int32_t> out_of_memory;      // opening throws std::bad_alloc

  Dataset dataset() const;
  OpenVideo open(const ClipSpec& spec) const;  // of a copy of this
};

// Small frames, so that tests are fast.
ClipSpec small_spec();

// All that a batch says, copied.
struct BatchCopy {
  std::vector<std::uint8_t> frames;
  std::vector<std::int32_t> crops, labels;
  std::vector<std::pair<std::int32_t, std::int64_t>> origins;
  std::int64_t size = 0;

  friend bool operator==(const BatchCopy&, const BatchCopy&) = default;
};
BatchCopy copy_of(const Batch& batch);
std::vector<BatchCopy> rest_of_epoch(BatchSource& source);

// What the first pixel of row `row`, frame `position` says.
struct PixelName {
  int video = 0, frame = 0;
};
PixelName pixel_name(const Batch& batch, std::int64_t row, int position);

}  // namespace c3d
