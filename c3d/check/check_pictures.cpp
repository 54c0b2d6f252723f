#include "c3d/check/check_pictures.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/core/error.h"
#include "engine/core/parallel_items.h"

namespace c3d {
namespace {

constexpr int kWidth = 96, kLowest = 40, kHighest = 144, kNarrowest = 40, kWidest = 128;
// A frame is found by decoding all before it: of a longer video only so many are looked at.
constexpr std::int64_t kMostLookedAt = 2001;

// Of a frame, by the shape of the video; even, as colours of JPEGs have half the pixels.
FrameSize small_size(const CollectedVideo& one, int width, int height) {
  const bool known = one.look.width > 0 && one.look.height > 0;
  const double shape =
      known ? static_cast<double>(one.look.width) / one.look.height : static_cast<double>(width) / height;
  const int high = std::clamp(2 * static_cast<int>(std::lround(kWidth / shape / 2)), kLowest, kHighest);
  return {std::clamp(2 * static_cast<int>(std::lround(shape * high / 2)), kNarrowest, kWidest), high};
}

FrameStrip strip_of(const CollectedVideo& one, const OpenVideo& open) {
  const auto source = open(*one.video);
  return frame_strip(*source, std::min(one.video->frames, kMostLookedAt),
                     small_size(one, source->width(), source->height()), 0);
}

}  // namespace

FrameStrips video_pictures(const Collection& collection, const std::vector<std::filesystem::path>& files,
                           const CountCallback& progress) {
  std::map<std::filesystem::path, const CollectedVideo*> by_file;
  for (const CollectedVideo& one : collection.videos) by_file.emplace(one.file(), &one);
  std::set<std::filesystem::path> seen;
  std::vector<const CollectedVideo*> wanted;
  for (const std::filesystem::path& file : files) {
    const auto found = by_file.find(file);
    if (found != by_file.end() && seen.insert(file).second) wanted.push_back(found->second);
  }
  std::vector<FrameStrip> made(wanted.size());
  const auto make = [&](std::int64_t i) {
    const auto place = static_cast<std::size_t>(i);
    try {
      made[place] = strip_of(*wanted[place], collection.data.open);
    } catch (const Error&) {  // it vanished since, or is damaged there: the page goes without
    }
  };
  for_each_item(std::ssize(wanted), reader_threads(collection.settings), make, progress);
  FrameStrips pictures;
  for (std::size_t i = 0; i < wanted.size(); ++i) pictures[wanted[i]->file()] = std::move(made[i]);
  return pictures;
}

}  // namespace c3d
