#include "data/frame_takers.h"

#include <algorithm>
#include <utility>

#include "engine/core/error.h"

namespace c3d {

CacheFill::CacheFill(VideoCache& cache, const FrameCacheKey& key) : cache_(cache), key_(key) {
  if (!cache.keeps_frames() || cache.open(key) != nullptr || cache.is_blocked(key)) return;
  attempt([&] {
    if (!take(frame_cache_bytes(key, 0))) return;
    writer_ = std::make_unique<FrameCacheWriter>(cache.frames_folder(), key);
    if (!writer_->is_alone()) let_go();
  });
}

void CacheFill::add(std::span<const std::uint8_t> frame, FrameSize /*size*/) {
  attempt([&] {
    if (take(frame_cache_bytes(key_, 1) - frame_cache_bytes(key_, 0))) writer_->write(frame);
  });
}

std::uint64_t CacheFill::finish(std::int64_t frames) {
  const bool there = cache_.holds_frames() && cache_.open(key_, frames) != nullptr;
  if (there) let_go();
  if (writer_ != nullptr) attempt([&] { writer_->finish(); });
  if (!there && writer_ == nullptr) return 0;
  taken_ = std::max<std::int64_t>(taken_ - used_, 0);
  let_go();
  cache_.use(key_);
  return frame_cache_bytes(key_, frames);
}

bool CacheFill::take(std::uint64_t bytes) {
  used_ += static_cast<std::int64_t>(bytes);
  const bool fits = used_ <= taken_ || cache_.room()->take(used_ - taken_, taken_);
  if (!fits) writer_.reset();
  return fits;
}

void CacheFill::let_go() {
  writer_.reset();
  if (const std::int64_t bytes = std::exchange(taken_, 0); bytes > 0) cache_.room()->give(bytes);
}

template <typename Write>
void CacheFill::attempt(const Write& write) {
  try {
    write();
  } catch (const Error& error) {
    let_go();
    cache_.stop_keeping(error.message());
  }
}

void SigningTaker::add(std::span<const std::uint8_t> frame, FrameSize size) {
  if (other_.wants_next()) {
    other_.add(frame, size);
  } else {
    other_.skip();
  }
  if (maker_.wants_next()) {
    maker_.add(frame, size.width, size.height);
    look_.add(frame, size.width, size.height);
  } else {
    maker_.skip();
    look_.skip();
  }
}

void SigningTaker::skip() {
  other_.skip();
  maker_.skip();
  look_.skip();
}

}  // namespace c3d
