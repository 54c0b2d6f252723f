#include "data/video_index.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "data/frame_cache.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"

namespace c3d {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;
constexpr std::chrono::seconds kSaveEvery{5};  // what a kill costs at most

struct Entry {
  std::string state;  // of the file when it was decoded
  std::int64_t frames = 0;
  std::string error;  // not empty: broken
};

std::filesystem::path index_path(const IndexOptions& options) { return options.folder / "index.json"; }
std::filesystem::path cache_folder(const IndexOptions& options) { return options.folder / "frames"; }

std::string absolute_name(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

// An index that cannot be read is no index: the videos are decoded again.
std::map<std::string, Entry> load_index(const std::filesystem::path& path) {
  std::map<std::string, Entry> entries;
  std::ifstream file(path);
  try {
    const Json json = Json::parse(file);
    if (json.at("format") != kFormat) return {};
    for (const auto& [name, video] : json.at("videos").items()) {
      entries[name] = {video.at("state"), video.at("frames"), video.value("error", "")};
    }
  } catch (const Json::exception&) {
    return {};
  }
  return entries;
}

void save_index(const std::filesystem::path& path, const std::map<std::string, Entry>& entries) {
  Json videos = Json::object();
  for (const auto& [name, entry] : entries) {
    Json& video = videos[name] = {{"state", entry.state}, {"frames", entry.frames}};
    if (!entry.error.empty()) video["error"] = entry.error;
  }
  const Json json = {{"format", kFormat}, {"videos", std::move(videos)}};
  // Names need not be UTF-8; one that is not is decoded anew each time.
  write_file(path, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::uint64_t bytes_in(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder, error)) {
    std::error_code gone;
    const std::uint64_t size = file.is_regular_file(gone) ? file.file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

// The bytes that the cache may still hold, for all threads. Who asks for more than is left gives back what it
// has at once: of several that would fill the cache together, all but the last let go, and that one stays.
class CacheRoom {
 public:
  explicit CacheRoom(std::int64_t bytes) : left_(bytes) {}

  // Adds to `taken`, or returns all of it.
  bool take(std::int64_t bytes, std::int64_t& taken) {
    const std::lock_guard lock(mutex_);
    const bool fits = bytes <= left_;
    const std::int64_t change = fits ? bytes : -taken;
    left_ -= change;
    taken += change;
    return fits;
  }
  void give(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    left_ += bytes;
  }
  std::int64_t left() const {
    const std::lock_guard lock(mutex_);
    return left_;
  }

 private:
  mutable std::mutex mutex_;
  std::int64_t left_;
};

// The frames of one video on their way into the cache, within what it may still hold. Where they do not fit,
// or the disk does not take them, it lets go; the video is counted all the same.
class CacheFill {
 public:
  CacheFill(const std::filesystem::path& folder, const FrameCacheKey& key, CacheRoom& room) : room_(room) {
    attempt([&] {
      if (take(frame_cache_bytes(key, 0))) writer_ = std::make_unique<FrameCacheWriter>(folder, key);
    });
  }
  ~CacheFill() { room_.give(taken_); }
  CacheFill(const CacheFill&) = delete;
  CacheFill& operator=(const CacheFill&) = delete;

  bool wants_frames() const { return writer_ != nullptr; }
  void add(std::span<const std::uint8_t> frame) {
    attempt([&] {
      if (take(frame.size())) writer_->write(frame);
    });
  }
  // Bytes now in the cache.
  std::uint64_t finish() {
    if (writer_ != nullptr) attempt([&] { writer_->finish(); });
    return writer_ == nullptr ? 0 : static_cast<std::uint64_t>(std::exchange(taken_, 0));
  }

 private:
  bool take(std::uint64_t bytes) {
    const bool fits = room_.take(static_cast<std::int64_t>(bytes), taken_);
    if (!fits) writer_.reset();
    return fits;
  }
  void let_go() {
    writer_.reset();
    room_.give(std::exchange(taken_, 0));
  }
  template <typename Write>
  void attempt(const Write& write) {
    try {
      write();
    } catch (const Error&) {
      let_go();
    }
  }

  CacheRoom& room_;
  std::unique_ptr<FrameCacheWriter> writer_;
  std::int64_t taken_ = 0;
};

class IndexPass {
 public:
  IndexPass(const IndexOptions& options, std::vector<std::string> names,
            const std::function<void(std::int64_t, std::int64_t)>& progress)
      : options_(options),
        names_(std::move(names)),
        progress_(progress),
        entries_(load_index(index_path(options))),
        room_(static_cast<std::int64_t>(options.cache_bytes) -
              static_cast<std::int64_t>(bytes_in(cache_folder(options)))) {}

  void run();
  // Of this pass's videos, by absolute name.
  const std::map<std::string, Entry>& found() const { return found_; }
  const IndexResult& result() const { return result_; }

 private:
  void work();
  Entry look_at(const std::string& name);
  bool cached(const std::string& name, const Entry& entry);
  std::int64_t decode(const std::string& name, const FrameCacheKey& key);
  void forget_cached(const FrameCacheKey& key);
  std::optional<Entry> known(const std::string& name);
  void put_down(const std::string& name, Entry entry, bool keep);

  const IndexOptions& options_;
  const std::vector<std::string> names_;
  const std::function<void(std::int64_t, std::int64_t)>& progress_;

  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;  // guards from here to room_
  std::map<std::string, Entry> entries_, found_;
  IndexResult result_;
  std::exception_ptr failure_;
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
  CacheRoom room_;
};

void IndexPass::run() {
  {
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(options_.threads));
    for (int i = 0; i < options_.threads; ++i) threads.emplace_back([this] { work(); });
  }
  if (result_.decoded > 0) save_index(index_path(options_), entries_);
  if (failure_) std::rethrow_exception(failure_);
}

void IndexPass::work() {
  try {
    for (std::size_t i = next_++; i < names_.size() && !stop_; i = next_++) {
      Entry entry;
      bool keep = true;
      try {
        entry = look_at(names_[i]);
      } catch (const Error& error) {  // such as: the file is gone
        entry.error = error.message();
        keep = false;
      }
      put_down(names_[i], std::move(entry), keep);
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
    stop_ = true;
  }
}

std::optional<Entry> IndexPass::known(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(name);
  return entry == entries_.end() ? std::nullopt : std::optional(entry->second);
}

Entry IndexPass::look_at(const std::string& name) {
  Entry entry;
  entry.state = file_state(name);
  expect(std::ifstream(name).is_open(), "{}: cannot be opened for reading", name);
  const FrameCacheKey key = frame_cache_key(name, entry.state, options_.resize);
  const std::optional<Entry> before = known(name);
  if (before && before->state != entry.state)
    forget_cached(frame_cache_key(name, before->state, options_.resize));
  if (before && before->state == entry.state) {
    const bool ready = !before->error.empty() || cached(name, *before) ||
                       room_.left() < static_cast<std::int64_t>(frame_cache_bytes(key, before->frames));
    if (ready) {
      const std::lock_guard lock(mutex_);
      ++result_.reused;
      return *before;
    }
  }
  try {
    entry.frames = decode(name, key);
  } catch (const Error& error) {
    entry.error = error.message();
  }
  const std::lock_guard lock(mutex_);
  ++result_.decoded;
  return entry;
}

// True too where no cache is wanted. A file that is no good is removed.
bool IndexPass::cached(const std::string& name, const Entry& entry) {
  if (options_.cache_bytes == 0) return true;
  const FrameCacheKey key = frame_cache_key(name, entry.state, options_.resize);
  const auto frames = open_cached_frames(cache_folder(options_), key);
  if (frames != nullptr && frames->frame_count() == entry.frames) {
    const std::lock_guard lock(mutex_);
    result_.cached_bytes += frame_cache_bytes(key, entry.frames);
    return true;
  }
  forget_cached(key);
  return false;
}

void IndexPass::forget_cached(const FrameCacheKey& key) {
  std::error_code absent;
  const std::filesystem::path file = frame_cache_file(cache_folder(options_), key);
  const std::uint64_t bytes = std::filesystem::file_size(file, absent);
  if (!absent && std::filesystem::remove(file, absent)) room_.give(static_cast<std::int64_t>(bytes));
}

std::int64_t IndexPass::decode(const std::string& name, const FrameCacheKey& key) {
  VideoReader reader(name, options_.resize);
  if (options_.cache_bytes > 0) forget_cached(key);
  CacheFill cache(cache_folder(options_), key, room_);
  std::vector<std::uint8_t> frame(static_cast<std::size_t>(reader.width()) *
                                  static_cast<std::size_t>(reader.height()) * 3);
  std::int64_t frames = 0;
  for (;; ++frames) {
    const bool wanted = cache.wants_frames();
    if (!reader.next(wanted ? std::span<std::uint8_t>(frame) : std::span<std::uint8_t>{})) break;
    if (wanted) cache.add(frame);
  }
  const std::uint64_t kept = cache.finish();
  const std::lock_guard lock(mutex_);
  result_.cached_bytes += kept;
  return frames;
}

void IndexPass::put_down(const std::string& name, Entry entry, bool keep) {
  const std::lock_guard lock(mutex_);
  if (keep) entries_[name] = entry;
  found_[name] = std::move(entry);
  const auto now = std::chrono::steady_clock::now();
  if (now - saved_ > kSaveEvery) {
    save_index(index_path(options_), entries_);
    saved_ = now;
  }
  if (progress_)
    progress_(static_cast<std::int64_t>(found_.size()), static_cast<std::int64_t>(names_.size()));
}

}  // namespace

IndexResult index_videos(Dataset& dataset, const IndexOptions& options,
                         const std::function<void(std::int64_t, std::int64_t)>& progress) {
  expect(options.threads >= 1, "index: {} threads", options.threads);
  expect(options.resize.width >= 0 && options.resize.height > 0, "index: frames of {}x{}",
         options.resize.width, options.resize.height);
  expect(options.resize.width > 0 || options.cache_bytes == 0,
         "index: frames that keep their shape have no place in a cache of frames of one size");
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  expect(!error, "{}: cannot make this folder ({})", options.folder.string(), error.message());

  std::vector<std::string> names;
  names.reserve(dataset.videos.size());
  for (const Video& video : dataset.videos) names.push_back(absolute_name(video.path));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  IndexPass pass(options, std::move(names), progress);
  pass.run();

  IndexResult result = pass.result();
  std::vector<Video> good;
  good.reserve(dataset.videos.size());
  for (Video& video : dataset.videos) {
    const Entry& entry = pass.found().at(absolute_name(video.path));
    if (!entry.error.empty()) {
      result.broken.push_back({video.path, entry.error});
      continue;
    }
    video.frames = entry.frames;
    good.push_back(std::move(video));
  }
  dataset.videos = std::move(good);
  return result;
}

OpenVideo frame_opener(const IndexOptions& options) {
  return [options](const Video& video) {
    std::unique_ptr<FrameSource> frames;
    if (options.cache_bytes > 0) {
      const FrameCacheKey key = frame_cache_key(video.path, file_state(video.path), options.resize);
      frames = open_cached_frames(cache_folder(options), key);
    }
    if (frames == nullptr) frames = open_frames(video.path, video.frames, options.resize);
    return frames;
  };
}

}  // namespace c3d
