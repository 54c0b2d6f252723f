// Where the frames of a video go while the first pass decodes it: into the cache, and into its signature.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "data/video_index.h"

namespace c3d {

// The frames of one video on their way into the cache, within what it may still hold. Where they do not fit,
// or the disk does not take them, it lets go; the video is counted all the same. What another process has put
// there, or is about to, stays. Borrows the cache and the key.
class CacheFill : public FrameTaker {
 public:
  CacheFill(VideoCache& cache, const FrameCacheKey& key);
  ~CacheFill() override { let_go(); }
  CacheFill(const CacheFill&) = delete;
  CacheFill& operator=(const CacheFill&) = delete;

  bool wants_next() const override { return writer_ != nullptr; }
  void add(std::span<const std::uint8_t> frame, FrameSize size) override;
  // Bytes now in the cache, of `frames` frames.
  std::uint64_t finish(std::int64_t frames);

 private:
  bool take(std::uint64_t bytes);
  void let_go();
  template <typename Write>
  void attempt(const Write& write);

  VideoCache& cache_;
  const FrameCacheKey& key_;
  std::unique_ptr<FrameCacheWriter> writer_;
  std::int64_t taken_ = 0, used_ = 0;  // bytes
};

// Gives all frames to another taker, and makes the video's signature and look of some.
class SigningTaker : public FrameTaker {
 public:
  explicit SigningTaker(FrameTaker& other) : other_(other) {}

  bool wants_next() const override { return maker_.wants_next() || other_.wants_next(); }
  void add(std::span<const std::uint8_t> frame, FrameSize size) override;
  void skip() override;
  std::string signature() const { return signature_text(maker_.finish()); }
  // With what is known of it otherwise.
  std::string look(VideoLook known) const {
    look_.finish(known);
    return look_text(known);
  }

 private:
  FrameTaker& other_;
  SignatureMaker maker_;
  LookMaker look_;  // wants the same frames
};

}  // namespace c3d
