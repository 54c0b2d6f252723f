#include "data/frame_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/core/fingerprint.h"
#include "engine/core/text.h"
#include "engine/io/crc32c.h"
#include "engine/io/file.h"
#include "engine/io/read_error.h"

namespace c3d {
namespace {

constexpr std::array<char, 8> kMagic = {'c', '3', 'd', 'f', 'r', 'm', '0', '2'};

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
std::uint64_t sums_at(std::uint64_t first_frame, std::uint64_t frame_bytes, std::int64_t frames) {
  return first_frame + static_cast<std::uint64_t>(frames) * frame_bytes;
}

constexpr std::size_t kFolderDigits = 2, kNameDigits = 14;  // of a fingerprint
constexpr std::string_view kEnding = ".frames";

bool are_digits(std::string_view text, std::size_t count) {
  return text.size() == count && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

std::filesystem::path in_made_folder(std::filesystem::path path) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  expect(!error, "{}: cannot make this folder ({})", path.parent_path(), error.message());
  return path;
}

template <typename T>
bool read_value(const File& file, std::uint64_t at, T& value) {
  return file.read_at(at, std::as_writable_bytes(std::span(&value, 1)));
}

class CachedFrames : public FrameSource {
 public:
  CachedFrames(File file, FrameSize size, std::uint64_t first_at, std::int64_t frames)
      : file_(std::move(file)), size_(size), first_at_(first_at), frames_(frames) {}

  std::int64_t frame_count() const override { return frames_; }
  int width() const override { return size_.width; }
  int height() const override { return size_.height; }

  void read(std::int64_t first, int stride, int count, std::span<std::uint8_t> out) override {
    const std::uint64_t bytes = bytes_per_frame(size_);
    expect(stride >= 1 && count >= 1 && out.size() == bytes * static_cast<std::uint64_t>(count),
           "{}: {} frames at stride {} into a buffer of {} bytes, {} bytes a frame", file_.path(), count,
           stride, out.size(), bytes);
    const std::int64_t last = first + std::int64_t{stride} * (count - 1);
    expect(first >= 0 && last < frames_, "{}: frames {} to {} of a video of {}", file_.path(), first, last,
           frames_);
    sums_.resize(static_cast<std::size_t>(last - first + 1));
    read_bytes(sums_at(first_at_, bytes, frames_) + static_cast<std::uint64_t>(first) * sizeof sums_[0],
               std::as_writable_bytes(std::span(sums_)));
    // One at a time: the sum of a frame that was just read is taken in the processor's cache.
    for (auto frame = static_cast<std::uint64_t>(first); !out.empty();
         frame += static_cast<std::uint64_t>(stride)) {
      const std::span<std::byte> piece = std::as_writable_bytes(out.first(bytes));
      read_bytes(first_at_ + frame * bytes, piece);
      if (crc32c(piece) != sums_[frame - static_cast<std::uint64_t>(first)]) {
        throw DamagedFrames(fmt::format("frame {} is not what was written", frame));
      }
      out = out.subspan(bytes);
    }
  }

 private:
  void read_bytes(std::uint64_t at, std::span<std::byte> out) const {
    try {
      if (file_.read_at(at, out)) return;
    } catch (const Error& error) {
      throw DamagedFrames(error.message());
    }
    throw DamagedFrames("the file was cut off");
  }

  File file_;
  FrameSize size_;
  std::uint64_t first_at_;
  std::int64_t frames_;
  std::vector<std::uint32_t> sums_;  // of the frames from the first to the last that is read
};

// Of an open file; nullopt: it does not hold the frames of this key.
std::optional<std::int64_t> count_of(const File& file, const FrameCacheKey& key) {
  const std::uint64_t size = file.size();
  Header header;
  Footer footer;
  if (size < frame_cache_bytes(key, 0) || !read_value(file, 0, header) ||
      !read_value(file, size - sizeof footer, footer)) {
    return std::nullopt;
  }
  if (header.magic != kMagic || footer.magic != kMagic || header.width != key.size.width ||
      header.height != key.size.height || header.key_bytes != key.text.size() || footer.frames < 1 ||
      footer.frames > static_cast<std::int64_t>(size) || size != frame_cache_bytes(key, footer.frames)) {
    return std::nullopt;
  }
  std::string text(key.text.size(), '\0');
  const bool same = file.read_at(sizeof header, std::as_writable_bytes(std::span(text))) && text == key.text;
  return same ? std::optional(footer.frames) : std::nullopt;
}

}  // namespace

std::string file_state(const std::filesystem::path& file) {
  struct stat facts {};
  const int status = ::stat(file.c_str(), &facts);
  const int code = errno;
  if (status != 0) fail_to_read("{}: {}", file, errno_text(code));
  return fmt::format("{} bytes, changed {}.{:09}", facts.st_size, facts.st_mtim.tv_sec,
                     facts.st_mtim.tv_nsec);
}

FrameCacheKey frame_cache_key(const std::filesystem::path& video, const std::string& state, FrameSize size) {
  return {fmt::format("{}\n{}\n{}x{}", std::filesystem::absolute(video).lexically_normal().native(), state,
                      size.width, size.height),
          size};
}

// In 256 folders: making a file looks through its folder.
std::filesystem::path frame_cache_file(const std::filesystem::path& folder, const FrameCacheKey& key) {
  Fingerprint fingerprint;
  fingerprint.add(key.text);
  const std::string name = fingerprint.text();
  return folder / name.substr(0, kFolderDigits) / name.substr(kFolderDigits).append(kEnding);
}

CachedName cached_name(const std::filesystem::path& file) {
  if (!are_digits(file.parent_path().filename().native(), kFolderDigits)) return CachedName::foreign;
  const std::string name = file.filename().string();
  const std::size_t first = name.starts_with('.') ? 1 : 0;
  const std::string_view digits = std::string_view(name).substr(first, kNameDigits);
  const std::string_view rest = std::string_view(name).substr(first + digits.size());
  if (!are_digits(digits, kNameDigits) || !rest.starts_with(kEnding)) return CachedName::foreign;
  if (first == 0) return rest == kEnding ? CachedName::frames : CachedName::foreign;
  std::string_view number = rest.substr(kEnding.size());  // ".0.part"
  if (!number.starts_with('.') || !number.ends_with(".part")) return CachedName::foreign;
  number = number.substr(1, number.size() - std::min(number.size(), std::string_view("..part").size()));
  return whole_number(number) ? CachedName::part : CachedName::foreign;
}

std::uint64_t frame_cache_bytes(const FrameCacheKey& key, std::int64_t frames) {
  return sums_at(first_frame_at(key), bytes_per_frame(key.size), frames) +
         static_cast<std::uint64_t>(frames) * sizeof(std::uint32_t) + sizeof(Footer);
}

FrameCacheWriter::FrameCacheWriter(const std::filesystem::path& folder, const FrameCacheKey& key)
    : file_(in_made_folder(frame_cache_file(folder, key))) {
  const Header header{.width = key.size.width, .height = key.size.height, .key_bytes = key.text.size()};
  file_.write(bytes_of(header));
  file_.write(std::string_view(key.text));
}

void FrameCacheWriter::write(std::span<const std::uint8_t> frame) {
  file_.write(std::as_bytes(frame));
  sums_.push_back(crc32c(std::as_bytes(frame)));
}

void FrameCacheWriter::finish() {
  file_.write(std::as_bytes(std::span(sums_)));
  file_.write(bytes_of(Footer{.frames = static_cast<std::int64_t>(sums_.size())}));
  file_.commit();
}

std::unique_ptr<FrameSource> open_cached_frames(const std::filesystem::path& folder,
                                                const FrameCacheKey& key) {
  // Whatever stands there: a pipe must not be waited for.
  std::optional<File> file =
      File::try_open(frame_cache_file(folder, key), O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  if (!file) return nullptr;
  std::optional<std::int64_t> frames;
  try {
    frames = count_of(*file, key);
  } catch (const Error& error) {
    throw DamagedFrames(error.message());
  }
  if (!frames) throw DamagedFrames("they are others, or cut off");
  return std::make_unique<CachedFrames>(std::move(*file), key.size, first_frame_at(key), *frames);
}

}  // namespace c3d
