// A video's bytes as FFmpeg reads them: through our own descriptor, so that FFmpeg opens nothing by itself,
// and causes of failures are not lost on the way. One input belongs to one thread, and outlives the container
// that reads from it.
#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "data/ffmpeg.h"
#include "data/input_bytes.h"

namespace c3d {

class MediaInput {
 public:
  // ReadError as InputBytes says.
  MediaInput(const std::filesystem::path& path, double timeout_seconds, std::function<bool()> stopped = {});
  ~MediaInput();
  MediaInput(const MediaInput&) = delete;
  MediaInput& operator=(const MediaInput&) = delete;

  // A container that will read from here, not opened yet: what it names in turn is refused, and it is told to
  // stop where reading failed.
  AVFormatContext* new_container();
  AVIOContext& bytes() const { return *io_; }

  bool seekable() const { return source_.seekable(); }
  std::uint64_t size() const { return source_.size(); }
  // The first bytes, as far as they were read, at most 4 KiB.
  std::span<const std::byte> head() const { return head_; }
  void made_progress() { source_.made_progress(); }
  bool failed() const { return failure_ != nullptr; }
  void check() const;  // the ReadError of a read that failed since the start

 private:
  static int read(void* self, std::uint8_t* out, int bytes);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);
  static int must_stop(void* self);

  InputBytes source_;
  AVIOContext* io_ = nullptr;
  std::vector<std::byte> head_;
  std::exception_ptr failure_;
};

}  // namespace c3d
