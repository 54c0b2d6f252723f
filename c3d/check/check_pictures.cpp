#include "c3d/check/check_pictures.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "data/jpeg.h"
#include "data/resize.h"
#include "engine/core/error.h"
#include "engine/core/parallel_items.h"

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
  std::vector<VideoPicture> made(wanted.size());
  const auto make = [&](std::int64_t i) {
    const auto place = static_cast<std::size_t>(i);
    try {
      made[place] = picture_of(*wanted[place], collection.data.open);
    } catch (const Error&) {  // it vanished since, or is damaged there: the page goes without
    }
  };
  for_each_item(std::ssize(wanted), reader_threads(collection.settings), make, progress);
  std::map<std::filesystem::path, VideoPicture> pictures;
  for (std::size_t i = 0; i < wanted.size(); ++i) pictures[wanted[i]->file()] = std::move(made[i]);
  return pictures;
}

}  // namespace c3d
