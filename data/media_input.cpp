#include "data/media_input.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "engine/io/read_error.h"

namespace c3d {
namespace {

constexpr int kBufferBytes = 1 << 16;
constexpr std::size_t kHeadBytes = 4096;

// Playlists, parts and references that a file names are other files: nobody asked for them.
int refuse_to_open(AVFormatContext* /*container*/, AVIOContext** /*opened*/, const char* /*url*/,
                   int /*flags*/, AVDictionary** /*options*/) {
  return AVERROR(EPERM);
}

}  // namespace

MediaInput::MediaInput(const std::filesystem::path& path, double timeout_seconds,
                       std::function<bool()> stopped)
    : source_(path, timeout_seconds, std::move(stopped)) {
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
  if (buffer != nullptr) {
    io_ = avio_alloc_context(buffer, kBufferBytes, 0, this, read, nullptr, seekable() ? seek : nullptr);
  }
  if (io_ == nullptr) {
    av_free(buffer);
    fail_to_read("{}: out of memory", path);
  }
}

MediaInput::~MediaInput() {
  av_freep(&io_->buffer);  // FFmpeg may have replaced the one it was given
  avio_context_free(&io_);
}

AVFormatContext* MediaInput::new_container() {
  AVFormatContext* container = avformat_alloc_context();
  if (container == nullptr) return nullptr;
  container->pb = io_;
  container->io_open = refuse_to_open;
  container->interrupt_callback = {must_stop, this};
  container->protocol_whitelist = av_strdup("file");
  return container;
}

void MediaInput::check() const {
  if (failure_) std::rethrow_exception(failure_);
}

int MediaInput::read(void* self, std::uint8_t* out, int bytes) {
  auto& input = *static_cast<MediaInput*>(self);
  if (input.failure_) return AVERROR_EXIT;
  try {
    const std::uint64_t at = input.source_.position();
    const std::span<std::byte> block(reinterpret_cast<std::byte*>(out), static_cast<std::size_t>(bytes));
    const std::size_t count = input.source_.read(block);
    if (at == input.head_.size() && at < kHeadBytes) {
      const std::span<std::byte> start = block.first(std::min(count, kHeadBytes - input.head_.size()));
      input.head_.insert(input.head_.end(), start.begin(), start.end());
    }
    return count == 0 ? AVERROR_EOF : static_cast<int>(count);
  } catch (...) {
    input.failure_ = std::current_exception();
    return AVERROR(EIO);
  }
}

std::int64_t MediaInput::seek(void* self, std::int64_t offset, int whence) {
  InputBytes& source = static_cast<MediaInput*>(self)->source_;
  const auto size = static_cast<std::int64_t>(source.size());
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return size;
    case SEEK_SET:
      break;
    case SEEK_CUR:
      offset += static_cast<std::int64_t>(source.position());
      break;
    case SEEK_END:
      offset += size;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < 0) return AVERROR(EINVAL);
  source.seek(static_cast<std::uint64_t>(offset));
  return offset;
}

int MediaInput::must_stop(void* self) { return static_cast<MediaInput*>(self)->failed() ? 1 : 0; }

}  // namespace c3d
