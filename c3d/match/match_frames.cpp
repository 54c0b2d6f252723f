#include "c3d/match/match_frames.h"

#include <algorithm>

#include "data/resize.h"
#include "data/video_reader.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::size_t kMostBytes = std::size_t{2} << 30;
constexpr FrameSize kTellingSize{171, 128};

}  // namespace

MatchFrames::MatchFrames(const std::filesystem::path& video, const std::vector<FrameForm>& forms)
    : video_(video) {
  VideoReader reader(video);
  const FrameSize shown{reader.width(), reader.height()};
  sizes_.push_back({kTellingSize.width, kTellingSize.height, {}});
  for (const FrameForm& form : forms) {
    const FrameSize size =
        fitted({form.resize == ResizeRule::short_side ? 0 : form.width, form.height}, shown);
    const auto known = std::ranges::find_if(sizes_, [&](const SizedFrames& other) {
      return other.width == size.width && other.height == size.height;
    });
    of_form_.push_back(static_cast<std::size_t>(known - sizes_.begin()));
    if (known == sizes_.end()) sizes_.push_back({size.width, size.height, {}});
  }
  std::vector<Resizer> resizers;
  for (const SizedFrames& size : sizes_)
    resizers.emplace_back(shown.width, shown.height, size.width, size.height);
  std::vector<std::uint8_t> whole(static_cast<std::size_t>(shown.width) *
                                  static_cast<std::size_t>(shown.height) * 3);
  std::size_t bytes = 0;
  while (reader.next(whole)) {
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      SizedFrames& size = sizes_[i];
      auto& frame = size.frames.emplace_back(static_cast<std::size_t>(size.width) *
                                             static_cast<std::size_t>(size.height) * 3);
      resizers[i].run(whole.data(), std::ptrdiff_t{shown.width} * 3, frame.data());
      bytes += frame.size();
    }
    expect(bytes <= kMostBytes,
           "{}: its frames, in all sizes that are tried, take more than 2 GiB after {} of them: match a "
           "shorter video of "
           "the same collection",
           video, sizes_[0].frames.size());
  }
}

std::vector<std::int64_t> MatchFrames::places(const Numbering& numbering) const {
  const std::vector<std::vector<std::uint8_t>>& decoded = sizes_[0].frames;
  std::vector<std::int64_t> places;
  if (!numbering.goes_by_time()) {
    for (std::size_t i = 0; i < decoded.size(); ++i) places.push_back(static_cast<std::int64_t>(i));
    return places;
  }
  try {
    VideoReader reader(video_, kTellingSize, numbering);
    std::vector<std::uint8_t> frame(decoded[0].size());
    // Numberings repeat frames or leave them out, and never go back.
    std::size_t at = 0;
    while (reader.next(frame)) {
      while (at < decoded.size() && decoded[at] != frame) ++at;
      if (at == decoded.size()) return {};
      places.push_back(static_cast<std::int64_t>(at));
    }
  } catch (const Error&) {
    return {};  // this numbering is not for this video
  }
  return places;
}

}  // namespace c3d
