#include "c3d/check/check_pictures.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <exception>
#include <mutex>
#include <set>
#include <thread>

#include "data/jpeg.h"
#include "data/resize.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr int kFrames = 3, kWidth = 96, kLowest = 40, kHighest = 144, kNarrowest = 40, kWidest = 128;
constexpr int kQuantizer = 6;
// The last frame is found by decoding all before it: of a longer video it is this one.
constexpr std::int64_t kLastLooked = 2000;

// Of a frame, by the shape of the video; even, as colours of JPEGs have half the pixels.
FrameSize small_size(const CollectedVideo& one, int width, int height) {
  const bool known = one.look.width > 0 && one.look.height > 0;
  const double shape =
      known ? static_cast<double>(one.look.width) / one.look.height : static_cast<double>(width) / height;
  const int high = std::clamp(2 * static_cast<int>(std::lround(kWidth / shape / 2)), kLowest, kHighest);
  return {std::clamp(2 * static_cast<int>(std::lround(shape * high / 2)), kNarrowest, kWidest), high};
}

VideoPicture picture_of(const CollectedVideo& one, const OpenVideo& open) {
  const auto source = open(*one.video);
  const int width = source->width(), height = source->height();
  const FrameSize small = small_size(one, width, height);
  Resizer resizer(width, height, small.width, small.height);
  const auto row = static_cast<std::size_t>(small.width) * 3, rows = static_cast<std::size_t>(small.height);
  std::vector<std::uint8_t> frame(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  std::vector<std::uint8_t> resized(row * rows), strip(row * rows * kFrames);
  const std::int64_t last = std::min(one.video->frames - 1, kLastLooked);
  for (int i = 0; i < kFrames; ++i) {
    source->read(last * i / (kFrames - 1), 1, 1, frame);
    resizer.run(frame.data(), std::ptrdiff_t{3} * width, resized.data());
    for (std::size_t y = 0; y < rows; ++y) {
      std::memcpy(&strip[(y * kFrames + static_cast<std::size_t>(i)) * row], &resized[y * row], row);
    }
  }
  return {encode_jpeg(strip, kFrames * small.width, small.height, kQuantizer), kFrames * small.width,
          small.height};
}

class PictureWork {
 public:
  PictureWork(const OpenVideo& open, const std::vector<const CollectedVideo*>& videos,
              const CountCallback& progress)
      : open_(open), videos_(videos), progress_(progress), pictures_(videos.size()) {}

  std::vector<VideoPicture> run(int threads) {
    {
      std::vector<std::jthread> workers;
      workers.reserve(static_cast<std::size_t>(threads));
      for (int i = 0; i < threads; ++i) workers.emplace_back([this] { work(); });
    }
    if (failure_) std::rethrow_exception(failure_);
    return std::move(pictures_);
  }

 private:
  void work() {
    for (std::size_t i = next_++; i < videos_.size() && !stop_; i = next_++) {
      try {
        pictures_[i] = picture_of(*videos_[i], open_);
      } catch (const Error&) {  // it vanished since, or is damaged there: the page goes without
      }
      const std::lock_guard lock(mutex_);
      try {
        ++done_;
        if (progress_ && !stop_) progress_(done_, std::ssize(videos_));
      } catch (...) {
        failure_ = std::current_exception();
        stop_ = true;
      }
    }
  }

  const OpenVideo& open_;
  const std::vector<const CollectedVideo*>& videos_;
  const CountCallback& progress_;
  std::vector<VideoPicture> pictures_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;  // guards what follows
  std::int64_t done_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

std::map<std::filesystem::path, VideoPicture> video_pictures(const Collection& collection,
                                                             const std::vector<std::filesystem::path>& files,
                                                             std::size_t most,
                                                             const CountCallback& progress) {
  std::map<std::filesystem::path, const CollectedVideo*> by_file;
  for (const CollectedVideo& one : collection.videos) by_file.emplace(one.file(), &one);
  std::set<std::filesystem::path> seen;
  std::vector<const CollectedVideo*> wanted;
  for (const std::filesystem::path& file : files) {
    const auto found = by_file.find(file);
    if (wanted.size() == most) break;
    if (found != by_file.end() && seen.insert(file).second) wanted.push_back(found->second);
  }
  std::vector<VideoPicture> made =
      PictureWork(collection.data.open, wanted, progress).run(reader_threads(collection.settings));
  std::map<std::filesystem::path, VideoPicture> pictures;
  for (std::size_t i = 0; i < wanted.size(); ++i) pictures[wanted[i]->file()] = std::move(made[i]);
  return pictures;
}

}  // namespace c3d
