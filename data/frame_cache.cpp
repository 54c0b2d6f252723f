#include "data/frame_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::array<char, 8> kMagic = {'c', '3', 'd', 'f', 'r', 'm', '0', '1'};

struct Header {
  std::array<char, 8> magic = kMagic;
  std::int32_t width = 0, height = 0;
  std::uint64_t key_bytes = 0;  // the key's text follows
};

struct Footer {
  std::int64_t frames = 0;
  std::array<char, 8> magic = kMagic;
};

std::uint64_t bytes_per_frame(FrameSize size) {
  return static_cast<std::uint64_t>(size.width) * static_cast<std::uint64_t>(size.height) * 3;
}

std::uint64_t first_frame_at(const FrameCacheKey& key) { return sizeof(Header) + key.text.size(); }

// FNV-1a, 64 bits.
std::uint64_t hash(const std::string& text) {
  std::uint64_t value = 14695981039346656037ULL;
  for (const char letter : text) value = (value ^ static_cast<std::uint8_t>(letter)) * 1099511628211ULL;
  return value;
}

template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

std::filesystem::path in_made_folder(std::filesystem::path path) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  expect(!error, "{}: cannot make this folder ({})", path.parent_path().string(), error.message());
  return path;
}

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path) : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (file_ >= 0) close(file_);
  }
  OpenFile(OpenFile&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  OpenFile& operator=(OpenFile&&) = delete;

  std::uint64_t size() const {
    struct stat facts {};
    return file_ >= 0 && fstat(file_, &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
  }
  // All of `out`, or false.
  bool read(std::uint64_t at, std::span<std::byte> out) const {
    while (!out.empty()) {
      const ssize_t got = pread(file_, out.data(), out.size(), static_cast<off_t>(at));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      out = out.subspan(static_cast<std::size_t>(got));
      at += static_cast<std::uint64_t>(got);
    }
    return true;
  }
  template <typename T>
  bool read_value(std::uint64_t at, T& value) const {
    return read(at, std::as_writable_bytes(std::span(&value, 1)));
  }

 private:
  int file_;
};

class CachedFrames : public FrameSource {
 public:
  CachedFrames(std::filesystem::path path, OpenFile file, FrameSize size, std::uint64_t first_at,
               std::int64_t frames)
      : path_(std::move(path)), file_(std::move(file)), size_(size), first_at_(first_at), frames_(frames) {}

  std::int64_t frame_count() const override { return frames_; }
  int width() const override { return size_.width; }
  int height() const override { return size_.height; }

  void read(std::int64_t first, int stride, int count, std::span<std::uint8_t> out) override {
    const std::uint64_t bytes = bytes_per_frame(size_);
    expect(stride >= 1 && count >= 1 && out.size() == bytes * static_cast<std::uint64_t>(count),
           "{}: {} frames at stride {} into a buffer of {} bytes, {} bytes a frame", path_.string(), count,
           stride, out.size(), bytes);
    const std::int64_t last = first + std::int64_t{stride} * (count - 1);
    expect(first >= 0 && last < frames_, "{}: frames {} to {} of a video of {}", path_.string(), first, last,
           frames_);
    const std::size_t piece = stride == 1 ? out.size() : bytes;
    for (auto frame = static_cast<std::uint64_t>(first); !out.empty();
         frame += static_cast<std::uint64_t>(stride)) {
      expect(file_.read(first_at_ + frame * bytes, std::as_writable_bytes(out.first(piece))),
             "{}: the cached frames cannot be read; remove the file and start again", path_.string());
      out = out.subspan(piece);
    }
  }

 private:
  std::filesystem::path path_;
  OpenFile file_;
  FrameSize size_;
  std::uint64_t first_at_;
  std::int64_t frames_;
};

}  // namespace

std::string file_state(const std::filesystem::path& file) {
  struct stat facts {};
  expect(stat(file.c_str(), &facts) == 0, "{}: {}", file.string(), std::generic_category().message(errno));
  return fmt::format("{} bytes, changed {}.{:09}", facts.st_size, facts.st_mtim.tv_sec,
                     facts.st_mtim.tv_nsec);
}

FrameCacheKey frame_cache_key(const std::filesystem::path& video, const std::string& state, FrameSize size) {
  return {fmt::format("{}\n{}\n{}x{}", std::filesystem::absolute(video).lexically_normal().string(), state,
                      size.width, size.height),
          size};
}

// In 256 folders: making a file looks through its folder.
std::filesystem::path frame_cache_file(const std::filesystem::path& folder, const FrameCacheKey& key) {
  const std::string name = fmt::format("{:016x}", hash(key.text));
  return folder / name.substr(0, 2) / (name.substr(2) + ".frames");
}

std::uint64_t frame_cache_bytes(const FrameCacheKey& key, std::int64_t frames) {
  return first_frame_at(key) + static_cast<std::uint64_t>(frames) * bytes_per_frame(key.size) +
         sizeof(Footer);
}

FrameCacheWriter::FrameCacheWriter(const std::filesystem::path& folder, const FrameCacheKey& key)
    : file_(in_made_folder(frame_cache_file(folder, key))) {
  const Header header{.width = key.size.width, .height = key.size.height, .key_bytes = key.text.size()};
  file_.write(bytes_of(header));
  file_.write(std::string_view(key.text));
}

void FrameCacheWriter::write(std::span<const std::uint8_t> frame) {
  file_.write(std::as_bytes(frame));
  ++frames_;
}

void FrameCacheWriter::finish() {
  file_.write(bytes_of(Footer{.frames = frames_}));
  file_.commit();
}

std::unique_ptr<FrameSource> open_cached_frames(const std::filesystem::path& folder,
                                                const FrameCacheKey& key) {
  std::filesystem::path path = frame_cache_file(folder, key);
  OpenFile file(path);
  const std::uint64_t size = file.size();
  Header header;
  Footer footer;
  if (size < first_frame_at(key) + sizeof footer || !file.read_value(0, header) ||
      !file.read_value(size - sizeof footer, footer)) {
    return nullptr;
  }
  if (header.magic != kMagic || footer.magic != kMagic || header.width != key.size.width ||
      header.height != key.size.height || header.key_bytes != key.text.size() || footer.frames < 1 ||
      size != frame_cache_bytes(key, footer.frames)) {
    return nullptr;
  }
  std::string text(key.text.size(), '\0');
  if (!file.read(sizeof header, std::as_writable_bytes(std::span(text))) || text != key.text) return nullptr;
  return std::make_unique<CachedFrames>(std::move(path), std::move(file), key.size, first_frame_at(key),
                                        footer.frames);
}

}  // namespace c3d
