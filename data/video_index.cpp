#include "data/video_index.h"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "data/ffmpeg.h"
#include "data/frame_takers.h"
#include "data/open_files.h"
#include "engine/io/read_error.h"

namespace c3d {
namespace {

using Clock = std::chrono::steady_clock;

// What a kill costs at most; and saving takes no more than a part of the time, however many videos there are.
constexpr std::chrono::seconds kSaveEvery{5};
constexpr int kSavingShare = 50;
// The video, what stands beside it, a part of the cache and its folder.
constexpr int kFilesPerVideo = 4;
constexpr std::size_t kMostUnread = 100;  // then no disk is there, or the like
constexpr std::size_t kMostListed = 20;

std::string absolute_name(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal().native();
}

// Lets an error pass that a second look may not meet.
void expect_readable(const std::string& name) {
  const std::optional<File> file = File::try_open(name, O_RDONLY | O_NONBLOCK);
  const int code = errno;
  if (file) return;
  if (code != ENOENT && code != ENOTDIR) fail_to_read("{}: cannot be opened: {}", name, errno_text(code));
  fail("{}: cannot be opened: {}", name, errno_text(code));
}

class IndexPass {
 public:
  IndexPass(const IndexOptions& options, std::vector<std::string> names,
            const std::function<void(std::int64_t, std::int64_t)>& progress);

  void run();
  // Of this pass's videos, by absolute name.
  const IndexEntries& found() const { return found_; }
  const IndexResult& result() const { return result_; }
  bool is_unread(const std::string& name) const { return unread_names_.contains(name); }

 private:
  // Only facts are remembered.
  enum class Kind { fact, passing, gone, changing };
  struct Look {
    IndexEntry entry;
    Kind kind = Kind::fact;
  };
  static Look failed(const std::string& error, Kind kind) {
    Look look;
    look.entry.error = error;
    look.kind = kind;
    return look;
  }

  void work();
  Look look_at(const std::string& name);
  IndexEntry read_video(const std::string& name, const std::string& state);
  const IndexEntry* known(const std::string& name) const;
  bool cached(const IndexEntry& entry, const FrameCacheKey& key);
  std::optional<IndexEntry> with_signature(const IndexEntry& entry, const FrameCacheKey& key);
  bool lacks_look(const IndexEntry& entry) const {
    return options_.wants_looks && entry.error.empty() && !parse_look(entry.look);
  }
  void try_again();
  void put_down(const std::string& name, Look look, bool first);
  bool save(std::unique_lock<std::mutex>& lock, Patience patience);

  const IndexOptions& options_;
  VideoCache& cache_;
  const std::vector<std::string> names_;
  const std::function<void(std::int64_t, std::int64_t)>& progress_;
  const IndexEntries entries_;    // of earlier passes
  const std::string decoded_by_;  // what else than the file may make one broken

  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;  // guards what follows
  IndexEntries found_, unsaved_;
  std::vector<std::pair<std::string, Look>> again_;  // what a second look may mend
  std::vector<BrokenVideo> unread_;                  // what it did not
  std::set<std::string> unread_names_;
  IndexResult result_;
  std::exception_ptr failure_;
  bool saving_ = false;
  Clock::time_point save_next_ = Clock::now() + kSaveEvery;
};

IndexPass::IndexPass(const IndexOptions& options, std::vector<std::string> names,
                     const std::function<void(std::int64_t, std::int64_t)>& progress)
    : options_(options),
      cache_(*options.cache),
      names_(std::move(names)),
      progress_(progress),
      entries_(cache_.read_index()),
      decoded_by_(fmt::format(", for {} to {}x{} within {} pixels", ffmpeg_version(), options.resize.width,
                              options.resize.height, options.limits.max_pixels)) {
  if (!cache_.holds_frames()) return;
  for (const std::string& name : names_) {
    if (const IndexEntry* entry = known(name); entry != nullptr && entry->error.empty()) {
      cache_.protect(frame_cache_key(name, entry->state, options_.resize));
    }
  }
}

void IndexPass::run() {
  const int threads = std::clamp(open_files_left() / kFilesPerVideo - 1, 1, options_.threads);
  if (threads < options_.threads) {
    cache_.note(fmt::format("few files may be open at once (ulimit -n): {} at a time, not {}, are read",
                            threads, options_.threads));
  }
  {
    std::vector<std::jthread> workers;
    workers.reserve(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) workers.emplace_back([this] { work(); });
  }
  try_again();
  std::unique_lock lock(mutex_);
  if (!unsaved_.empty() && !save(lock, kLongPatience)) {
    cache_.note("what the videos hold is not kept for later runs: another process keeps the index locked");
  }
  if (failure_) std::rethrow_exception(failure_);
  if (!options_.leaves_unread) expect_all_read(unread_);
  for (const BrokenVideo& video : unread_) unread_names_.insert(video.path.native());
}

void IndexPass::work() {
  try {
    for (std::size_t i = next_++; i < names_.size() && !stop_; i = next_++) {
      put_down(names_[i], look_at(names_[i]), true);
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
    stop_ = true;
  }
}

// One at a time: what a limit of this process has stopped now goes. Where all fails, it is not tried.
void IndexPass::try_again() {
  try {
    for (auto& [name, look] : std::exchange(again_, {})) {
      put_down(name, stop_ ? std::move(look) : look_at(name), false);
    }
  } catch (...) {
    if (!failure_) failure_ = std::current_exception();
  }
}

const IndexEntry* IndexPass::known(const std::string& name) const {
  const auto entry = entries_.find(name);
  return entry == entries_.end() ? nullptr : &entry->second;
}

IndexPass::Look IndexPass::look_at(const std::string& name) {
  Look look;
  try {
    expect_readable(name);
    const std::string state = file_state(name);
    look.entry = read_video(name, state);
    if (file_state(name) != state) {
      look = failed(printable(name) + ": it changed while it was read", Kind::changing);
    }
  } catch (const ReadError& error) {
    look = failed(error.message(), Kind::passing);
  } catch (const Error& error) {
    look = failed(error.message(), Kind::gone);
  }
  return look;
}

// What is known of the file in this state, or what decoding it tells.
IndexEntry IndexPass::read_video(const std::string& name, const std::string& state) {
  const FrameCacheKey key = frame_cache_key(name, state, options_.resize);
  if (const IndexEntry* before = known(name); before != nullptr) {
    if (before->state != (before->error.empty() ? state : state + decoded_by_)) {
      cache_.remove(frame_cache_key(name, before->state, options_.resize));
    } else if (!lacks_look(*before) && (!before->error.empty() || cached(*before, key))) {
      if (const std::optional<IndexEntry> entry = with_signature(*before, key)) {
        const std::lock_guard lock(mutex_);
        ++result_.reused;
        return *entry;
      }
    }
  }
  IndexEntry entry;
  entry.state = state;
  std::uint64_t kept = 0;
  try {
    CacheFill fill(cache_, key);
    SigningTaker taker(fill);
    DecodedVideo video =
        options_.decode ? options_.decode(name, options_.resize, taker)
                        : decode_video(name, options_.resize, taker, options_.limits, options_.numbering);
    expect(video.frames >= 1, "{}: not one frame of it decodes", name);
    entry.frames = video.frames;
    entry.signature = taker.signature();
    entry.look = taker.look(std::move(video.look));
    video.warnings.resize(std::min(video.warnings.size(), kMostWarnings));
    for (const std::string& warning : video.warnings) entry.warnings.push_back(printable(warning));
    if (file_state(name) == state) kept = fill.finish(video.frames);
  } catch (const ReadError&) {
    throw;
  } catch (const Error& error) {
    entry.error = printable_lines(error.message());
    entry.state += decoded_by_;
  }
  const std::lock_guard lock(mutex_);
  ++result_.decoded;
  result_.cached_bytes += kept;
  return entry;
}

// True too where no frames of it will be kept.
bool IndexPass::cached(const IndexEntry& entry, const FrameCacheKey& key) {
  if (!cache_.holds_frames()) return true;
  const std::uint64_t bytes = frame_cache_bytes(key, entry.frames);
  if (cache_.open(key, entry.frames) != nullptr) {
    const std::lock_guard lock(mutex_);
    result_.cached_bytes += bytes;
    return true;
  }
  return !cache_.keeps_frames() || cache_.is_blocked(key) ||
         !cache_.room()->could_hold(static_cast<std::int64_t>(bytes));
}

// An entry of an older version has none: it is made of the cached frames. nullopt: there are none, so that
// the video must be decoded once more.
std::optional<IndexEntry> IndexPass::with_signature(const IndexEntry& entry, const FrameCacheKey& key) {
  if (!entry.error.empty() || parse_signature(entry.signature)) return entry;
  const std::unique_ptr<FrameSource> frames =
      cache_.holds_frames() ? cache_.open(key, entry.frames) : nullptr;
  if (frames == nullptr) return std::nullopt;
  try {
    IndexEntry whole = entry;
    whole.signature = signature_text(signature_of(*frames));
    return whole;
  } catch (const Error&) {
    return std::nullopt;  // damaged frames
  }
}

void IndexPass::put_down(const std::string& name, Look look, bool first) {
  std::unique_lock lock(mutex_);
  const bool may_pass = look.kind == Kind::passing || look.kind == Kind::changing;
  if (may_pass && first && again_.size() < kMostUnread) {
    again_.emplace_back(name, std::move(look));
    return;
  }
  if (look.kind == Kind::passing) {
    unread_.push_back({name, look.entry.error});
    stop_ = stop_ || (first && !options_.leaves_unread);
  }
  if (look.kind == Kind::fact && (known(name) == nullptr || *known(name) != look.entry)) {
    unsaved_[name] = look.entry;
  }
  found_[name] = std::move(look.entry);
  if (progress_)
    progress_(static_cast<std::int64_t>(found_.size()), static_cast<std::int64_t>(names_.size()));
  if (!saving_ && !unsaved_.empty() && Clock::now() >= save_next_) save(lock, kShortPatience);
}

// Others go on meanwhile. False: the index was locked all that time; what is unsaved stays so.
bool IndexPass::save(std::unique_lock<std::mutex>& lock, Patience patience) {
  saving_ = true;
  IndexEntries entries = std::exchange(unsaved_, {});
  const Clock::time_point begin = Clock::now();
  lock.unlock();
  const bool saved = cache_.add_to_index(entries, patience);
  lock.lock();
  if (!saved) unsaved_.merge(entries);
  const Clock::time_point end = Clock::now();
  save_next_ = end + std::max<Clock::duration>(kSaveEvery, kSavingShare * (end - begin));
  saving_ = false;
  return saved;
}

}  // namespace

DecodedVideo decode_video(const std::filesystem::path& path, FrameSize resize, FrameTaker& taker,
                          const ReadLimits& limits, const Numbering& numbering) {
  VideoReader reader(path, resize, numbering, limits);
  std::vector<std::uint8_t> frame(static_cast<std::size_t>(reader.width()) *
                                  static_cast<std::size_t>(reader.height()) * 3);
  DecodedVideo video;
  TimeMeter times;
  for (;; ++video.frames) {
    const bool wanted = taker.wants_next();
    if (!reader.next(wanted ? std::span<std::uint8_t>(frame) : std::span<std::uint8_t>{})) break;
    times.add(reader.seconds());
    if (wanted) {
      taker.add(frame, {reader.width(), reader.height()});
    } else {
      taker.skip();
    }
  }
  const VideoFacts& facts = reader.facts();
  video.warnings = facts.warnings;
  video.look.width = facts.width;
  video.look.height = facts.height;
  video.look.rate = facts.fps;
  video.look.announced = facts.announced_frames;
  video.look.turned = facts.turned;
  video.look.interlaced = facts.interlaced;
  video.look.codec = facts.codec;
  times.finish(video.look);
  return video;
}

void expect_all_read(const std::vector<BrokenVideo>& unread) {
  if (unread.empty()) return;
  Lines list;
  for (std::size_t i = 0; i < std::min(unread.size(), kMostListed); ++i)
    list.text += "\n  " + unread[i].error;
  if (unread.size() > kMostListed) list.text += fmt::format("\n  and {} more", unread.size() - kMostListed);
  fail_to_read("{} videos cannot be read now; start again when they can, or take them out of the data:{}",
               unread.size(), list);
}

IndexResult index_videos(Dataset& dataset, const IndexOptions& options,
                         const std::function<void(std::int64_t, std::int64_t)>& progress) {
  expect(options.threads >= 1, "index: {} threads", options.threads);
  expect(options.resize.width >= 0 && options.resize.height > 0, "index: frames of {}x{}",
         options.resize.width, options.resize.height);
  expect(options.resize.width > 0 || !options.cache->holds_frames(),
         "index: frames that keep their shape have no place in a cache of frames of one size");

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
    const IndexEntry& entry = pass.found().at(absolute_name(video.path));
    if (!entry.error.empty()) {
      (pass.is_unread(absolute_name(video.path)) ? result.unread : result.broken)
          .push_back({video.path, entry.error});
      continue;
    }
    for (const std::string& warning : entry.warnings) result.warnings.push_back({video.path, warning});
    video.frames = entry.frames;
    if (const auto signature = parse_signature(entry.signature)) result.signatures[video.path] = *signature;
    if (const auto look = parse_look(entry.look)) result.looks[video.path] = *look;
    good.push_back(std::move(video));
  }
  dataset.videos = std::move(good);
  return result;
}

}  // namespace c3d
