#include "data/cache_room.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "data/frame_cache.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFreeShare = 10;                       // a tenth of the disk stays free
constexpr std::int64_t kProbeEvery = std::int64_t{16} << 20;  // bytes written
constexpr std::int64_t kMostAhead = std::int64_t{16} << 20;   // bytes that a writer takes at a time,
constexpr std::int64_t kAheadShare = 16;                      // and of those that are left
constexpr std::size_t kTotalDigits = 20;
constexpr std::uint64_t kMostDiskBytes = std::uint64_t{1} << 60;  // sums of them stay numbers
constexpr const char* kInUse = "in_use";
constexpr const char* kFrames = "frames";
constexpr const char* kTotal = "frames.bytes";

// Of a part that a killed process left. False: it stays; one that is being written is locked.
bool remove_left_over(const fs::path& part) {
  const std::optional<File> file = File::try_open(part, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
  return file && file->try_lock() == Lock::held && file_identity(part) == file->identity() &&
         ::unlink(part.c_str()) == 0;
}

bool is_folder(const fs::path& path) {  // and no link to one
  std::error_code error;
  return fs::is_directory(fs::symlink_status(path, error));
}

File open_total(const fs::path& path) {
  std::optional<File> file = File::try_open(path, O_RDWR | O_CREAT | O_NONBLOCK | O_NOFOLLOW);
  const int code = errno;
  if (!file && code != ELOOP && code != EISDIR) fail_to_write(path, code);
  if (!file || !file->is_regular()) fail("{}: is no file, and one is needed there: remove it", path);
  return std::move(*file);
}

// Anything may stand beside a set, also folders of a user's own frames.
bool is_set(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / kInUse, error);
}

}  // namespace

std::optional<DiskSpace> disk_space(const fs::path& path) {
  std::error_code error;
  const fs::space_info space = fs::space(path, error);
  if (error) return std::nullopt;
  return DiskSpace{space.capacity, space.available};
}

// The room that all frames take, under its lock from the first line to the end of the scope.
class CacheRoom::Total {
 public:
  explicit Total(CacheRoom& room) : room_(room), held_(room.total_lock_.own(room.patience_)) {
    if (!held_) {
      room.patience_ = Patience{0};
      return;
    }
    std::string text(kTotalDigits, '\0');
    try {
      if (!room.total_file_.read_at(0, std::as_writable_bytes(std::span(text)))) return;
    } catch (const Error&) {
      return;
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), said_);
    known_ = error == std::errc() && end == text.data() + text.size() && said_ >= 0;
  }
  ~Total() {
    if (held_) room_.total_lock_.release();
  }
  Total(const Total&) = delete;
  Total& operator=(const Total&) = delete;

  bool known() const { return known_; }
  std::int64_t bytes() const { return said_ + room_.owed_; }
  void check_held() const { expect(held_, "{}: another process keeps it locked", room_.total_file_.path()); }
  void check() const {
    check_held();
    expect(known_, "{}: is damaged; it is made anew at the next start", room_.total_file_.path());
  }
  // 0, or why it cannot be written: the room owes the difference then.
  int write(std::int64_t bytes) {
    const std::string text = fmt::format("{:020}", std::max<std::int64_t>(bytes, 0));
    const ssize_t written = ::pwrite(room_.total_file_.descriptor(), text.data(), text.size(), 0);
    const int code = errno;
    const bool whole = written == static_cast<ssize_t>(text.size());
    room_.owed_ = whole ? 0 : bytes - said_;
    if (whole) said_ = std::max<std::int64_t>(bytes, 0);
    return whole ? 0 : written < 0 ? code : ENOSPC;
  }

 private:
  CacheRoom& room_;
  std::int64_t said_ = 0;
  bool held_, known_ = false;
};

CacheRoom::CacheRoom(fs::path set, std::uint64_t bytes, DiskProbe probe)
    : sets_(set.parent_path()),
      set_(std::move(set)),
      bound_(static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, kMostDiskBytes))),
      probe_(std::move(probe)),
      in_use_(set_ / kInUse),
      total_lock_(sets_ / kTotal),
      total_file_(open_total(sets_ / kTotal)) {
  Total total(*this);
  total.check_held();
  std::int64_t there = scan();
  in_use_.share(kShortPatience);
  make_room(0, there);
  if (const int code = total.write(there); code != 0) fail_to_write(sets_ / kTotal, code);
}

CacheRoom::~CacheRoom() {
  if (owed_ == 0) return;
  Total total(*this);
  if (total.known()) total.write(total.bytes());
}

// All that is there; finds the candidates.
std::int64_t CacheRoom::scan() {
  std::int64_t total = 0;
  try {
    for (const auto& set : fs::directory_iterator(sets_)) scan_set(set.path(), total);
  } catch (const fs::filesystem_error& error) {
    fail("{}: cannot be listed: {}", sets_, error.code().message());
  }
  std::sort(candidates_.begin(), candidates_.end(),
            [](const Candidate& a, const Candidate& b) { return a.used > b.used; });
  for (const Candidate& candidate : candidates_) {
    droppable_bytes_ += candidate.bytes;
    if (candidate.set == set_) droppable_[candidate.file.native()] = candidate.bytes;
  }
  return total;
}

void CacheRoom::scan_set(const fs::path& set, std::int64_t& total) {
  const bool own = set == set_;
  if (!is_folder(set / kFrames) || !(own || is_set(set))) return;
  const bool idle = own || CacheLock(set / kInUse).try_own();
  for (const auto& folder : fs::directory_iterator(set / kFrames)) {
    if (!is_folder(folder.path())) continue;
    for (const auto& file : fs::directory_iterator(folder.path())) {
      const CachedName name = cached_name(file.path());
      std::error_code gone;
      if (name == CachedName::foreign || !fs::is_regular_file(file.symlink_status(gone))) continue;
      const auto bytes = static_cast<std::int64_t>(file.file_size(gone));
      const auto used = file.last_write_time(gone);
      if (gone || (name == CachedName::part && remove_left_over(file.path()))) continue;
      total += bytes;
      if (idle && name == CachedName::frames) candidates_.push_back({set, file.path(), bytes, used});
    }
  }
}

bool CacheRoom::take(std::int64_t bytes, std::int64_t& taken) {
  const std::lock_guard lock(mutex_);
  Total total(*this);
  total.check();
  const bool owed = owed_ != 0;
  std::int64_t there = total.bytes();
  const bool fits = make_room(bytes, there);
  if (fits) {
    const std::int64_t left = std::min(bound_ - there, disk_left_) - bytes;
    bytes += std::clamp<std::int64_t>(left / kAheadShare, 0, kMostAhead);
    disk_left_ -= bytes;
    disk_known_for_ -= bytes;
    taken += bytes;
    there += bytes;
  } else {
    there -= std::exchange(taken, 0);
  }
  const int code = total.write(there);
  if (code != 0 && owed) fail_to_write(total_file_.path(), code);
  return fits;
}

void CacheRoom::give(std::int64_t bytes) {
  if (bytes == 0) return;
  const std::lock_guard lock(mutex_);
  Total total(*this);
  if (total.known()) {
    total.write(total.bytes() - bytes);
  } else {
    owed_ -= bytes;
  }
}

bool CacheRoom::could_hold(std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  std::int64_t now = 0;
  {
    const Total total(*this);
    if (!total.known()) return false;
    now = total.bytes();
  }
  return now + bytes - droppable_bytes_ <= bound_ && disk_has(bytes - droppable_bytes_);
}

// False: there is no room, even with all frames gone that may go.
bool CacheRoom::make_room(std::int64_t bytes, std::int64_t& total) {
  while (total + bytes > bound_ || !disk_has(bytes)) {
    const std::int64_t dropped = drop_oldest();
    if (dropped == 0) return false;
    total -= dropped;
    disk_known_for_ = 0;
  }
  return true;
}

bool CacheRoom::disk_has(std::int64_t bytes) {
  if (disk_known_for_ <= 0 || bytes > disk_left_) {
    const std::optional<DiskSpace> disk = probe_(sets_);
    disk_left_ =
        disk
            ? static_cast<std::int64_t>(std::min<std::uint64_t>(disk->available, kMostDiskBytes)) -
                  static_cast<std::int64_t>(std::min<std::uint64_t>(disk->bytes, kMostDiskBytes) / kFreeShare)
            : static_cast<std::int64_t>(kMostDiskBytes);
    disk_known_for_ = kProbeEvery;
  }
  return bytes <= disk_left_;
}

// The bytes freed; 0: nothing may go.
std::int64_t CacheRoom::drop_oldest() {
  while (!candidates_.empty()) {
    const Candidate oldest = std::move(candidates_.back());
    candidates_.pop_back();
    const bool own = oldest.set == set_;
    if (own && droppable_.erase(oldest.file.native()) == 0) continue;  // it is protected
    droppable_bytes_ -= oldest.bytes;
    std::int64_t dropped = 0;
    if (own) {
      if (in_use_.try_own() && drop(oldest)) dropped = oldest.bytes;
      in_use_.share(kShortPatience);
    } else {
      CacheLock set(oldest.set / kInUse);
      if (set.try_own() && drop(oldest)) dropped = oldest.bytes;
    }
    if (dropped > 0) return dropped;
  }
  return 0;
}

// Unless somebody has used it meanwhile.
bool CacheRoom::drop(const Candidate& candidate) {
  std::error_code gone;
  return fs::last_write_time(candidate.file, gone) == candidate.used && fs::remove(candidate.file, gone);
}

void CacheRoom::protect(const fs::path& file) {
  const std::lock_guard lock(mutex_);
  const auto droppable = droppable_.find(file.native());
  if (droppable == droppable_.end()) return;
  droppable_bytes_ -= droppable->second;
  droppable_.erase(droppable);
}

}  // namespace c3d
