#include "data/video_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "engine/core/error.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNotes = 20;

fs::path plain(const fs::path& folder) {
  const fs::path path = fs::absolute(folder).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

}  // namespace

VideoCache::VideoCache(const fs::path& folder, std::uint64_t bytes, const DiskProbe& probe)
    : folder_(plain(folder)), frames_folder_(folder_ / "frames"), bytes_(bytes) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) {
    note(
        fmt::format("{}: cannot make this folder ({}): nothing is kept for later runs; cache_folder names "
                    "another",
                    printable(folder_.native()), error.message()));
    folder_.clear();
    bytes_ = 0;
    return;
  }
  if (bytes_ == 0) return;
  try {
    room_ = std::make_unique<CacheRoom>(folder_, bytes_, probe);
  } catch (const Error& cause) {
    stop_keeping(cause.message());
  }
}

IndexEntries VideoCache::read_index() const {
  return folder_.empty() ? IndexEntries() : c3d::read_index(folder_ / "index.json");
}

bool VideoCache::add_to_index(const IndexEntries& entries, Patience patience) {
  if (folder_.empty() || !writes_index_) return true;
  try {
    return c3d::add_to_index(folder_ / "index.json", entries, patience);
  } catch (const Error& error) {
    writes_index_ = false;
    note(fmt::format("what the videos hold is not kept for later runs: {}", error.message()));
    return true;
  }
}

std::unique_ptr<FrameSource> VideoCache::open(const FrameCacheKey& key, std::optional<std::int64_t> frames) {
  if (!holds_frames()) return nullptr;
  try {
    std::unique_ptr<FrameSource> source = open_cached_frames(frames_folder_, key);
    if (source == nullptr || source->frame_count() == frames.value_or(source->frame_count())) return source;
  } catch (const DamagedFrames&) {  // as those of another number
  }
  remove(key);
  return nullptr;
}

bool VideoCache::is_blocked(const FrameCacheKey& key) {
  const fs::path file = frame_cache_file(frames_folder_, key);
  std::error_code error;
  if (!fs::is_directory(file, error)) return false;
  note(fmt::format("{}: is a folder in the place of cached frames, which are not kept: remove it",
                   printable(file.native())));
  return true;
}

void VideoCache::protect(const FrameCacheKey& key) {
  if (room_ != nullptr) room_->protect(frame_cache_file(frames_folder_, key));
}

void VideoCache::use(const FrameCacheKey& key) {
  const fs::path file = frame_cache_file(frames_folder_, key);
  if (room_ != nullptr) room_->protect(file);
  ::utimensat(AT_FDCWD, file.c_str(), nullptr, 0);  // where it may not, frames age
  const std::lock_guard lock(used_mutex_);
  used_.insert(file.native());
}

bool VideoCache::uses(const FrameCacheKey& key) {
  const std::lock_guard lock(used_mutex_);
  return used_.contains(frame_cache_file(frames_folder_, key).native());
}

void VideoCache::remove(const FrameCacheKey& key) {
  if (!holds_frames()) return;
  const fs::path file = frame_cache_file(frames_folder_, key);
  std::error_code none;
  const std::uintmax_t bytes = fs::file_size(file, none);
  const bool is_file = !none;
  if (fs::remove(file, none) && is_file && room_ != nullptr) {
    room_->give(static_cast<std::int64_t>(bytes));
  }
}

void VideoCache::stop_keeping(const std::string& why) {
  if (!keeps_.exchange(false)) return;
  note(fmt::format("no more frames are kept in {}: {}", printable(frames_folder_.native()), why));
}

void VideoCache::note(const std::string& text) {
  const std::lock_guard lock(notes_mutex_);
  if (said_.size() > kMostNotes || !said_.insert(text).second) return;
  notes_.push_back(said_.size() > kMostNotes ? "more of this kind is not said" : text);
}

std::vector<std::string> VideoCache::take_notes() {
  const std::lock_guard lock(notes_mutex_);
  return std::exchange(notes_, {});
}

}  // namespace c3d
