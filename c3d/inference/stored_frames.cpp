#include "c3d/inference/stored_frames.h"

#include <cstring>

#include "data/clip_sampler.h"

namespace c3d {
namespace {

std::size_t squares_of(const ClipSpec& spec) {
  return spec.stores_crops() ? static_cast<std::size_t>(spec.crops) : 1;
}

std::size_t bytes_of_square(const ClipSpec& spec) {
  return 3 * static_cast<std::size_t>(spec.stored_height()) * static_cast<std::size_t>(spec.stored_width());
}

}  // namespace

StoredFrames::StoredFrames(const ClipSpec& spec, std::int64_t capacity)
    : spec_(spec), squares_(squares_of(spec)), square_bytes_(bytes_of_square(spec)), capacity_(capacity) {}

std::size_t StoredFrames::bytes_of_frame(const ClipSpec& spec) {
  return squares_of(spec) * bytes_of_square(spec);
}

std::span<std::uint8_t> StoredFrames::frame(std::int64_t number) {
  const auto slot = static_cast<std::size_t>(number % capacity_);
  if (slot >= slots_.size()) slots_.resize(slot + 1);
  slots_[slot].resize(squares_ * square_bytes_);
  return slots_[slot];
}

void StoredFrames::keep(std::int64_t capacity) {
  clear();
  capacity_ = capacity;
}

void StoredFrames::cut(std::span<const std::uint8_t> whole, int width, int height,
                       std::span<std::uint8_t> out) {
  const std::vector<CropView> views = crop_views(spec_, height, width);
  for (std::size_t i = 0; i < squares_; ++i) {
    cutter_.cut(views[i], height, width, spec_.crop, whole, out.subspan(i * square_bytes_, square_bytes_));
  }
}

ClipFrames StoredFrames::clip(std::int64_t first_frame, std::int64_t frames,
                              std::pmr::memory_resource* memory) {
  ClipFrames result(squares_ * square_bytes_ * static_cast<std::size_t>(spec_.clip_frames), memory);
  std::uint8_t* out = result.data();
  for (std::size_t square = 0; square < squares_; ++square) {
    for (int i = 0; i < spec_.clip_frames; ++i) {
      const std::span<const std::uint8_t> stored = frame(clip_frame(spec_, first_frame, i, frames));
      std::memcpy(out, stored.data() + square * square_bytes_, square_bytes_);
      out += square_bytes_;
    }
  }
  return result;
}

}  // namespace c3d
