// The latest frames of a video as its clips store them, and the clips that they make. One thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "c3d/inference/clip_frames.h"
#include "data/crop_views.h"
#include "engine/core/clip_spec.h"

namespace c3d {

class StoredFrames {
 public:
  // Keeps `capacity` frames, in memory that is taken as it is needed and used again. Borrows the spec.
  StoredFrames(const ClipSpec& spec, std::int64_t capacity);

  // Of a frame: of its squares one after the other where these are stored, else of all of it.
  static std::size_t bytes_of_frame(const ClipSpec& spec);
  // Where the frame of that number stands, which takes the place of the one `capacity` before it.
  std::span<std::uint8_t> frame(std::int64_t number);
  std::int64_t capacity() const { return capacity_; }
  void clear() { slots_ = {}; }
  void keep(std::int64_t capacity);  // another number of frames; those that there were are gone

  // A frame as it is read, [height,width,3], as it is stored. Only of specs that store crops.
  void cut(std::span<const std::uint8_t> whole, int width, int height, std::span<std::uint8_t> out);
  // The clip that begins at that frame, of a video of so many: [squares, clip_frames, H, W, 3].
  ClipFrames clip(std::int64_t first_frame, std::int64_t frames,
                  std::pmr::memory_resource* memory = std::pmr::get_default_resource());

 private:
  const ClipSpec& spec_;
  std::size_t squares_, square_bytes_;
  std::int64_t capacity_;
  std::vector<std::vector<std::uint8_t>> slots_;
  ViewCutter cutter_;
};

}  // namespace c3d
