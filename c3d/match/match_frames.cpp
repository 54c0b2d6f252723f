#include "c3d/match/match_frames.h"

#include <algorithm>

#include "data/resize.h"
#include "data/video_reader.h"
#include "engine/core/error.h"
#include "engine/io/read_error.h"

namespace c3d {
namespace {

constexpr std::size_t kMostBytes = std::size_t{2} << 30;

}  // namespace

MatchFrames::MatchFrames(const std::filesystem::path& video, const std::vector<FrameForm>& forms)
    : video_(video) {
  VideoReader reader(video);
  const FrameSize shown{reader.width(), reader.height()};
  std::vector<Resizer> resizers;
  for (const FrameForm& form : forms) {
    const FrameSize size = fitted({form.keeps_shape() ? 0 : form.width, form.height}, shown);
    const auto known = std::ranges::find_if(sizes_, [&](const SizedFrames& other) {
      return other.width == size.width && other.height == size.height;
    });
    of_form_.push_back(static_cast<std::size_t>(known - sizes_.begin()));
    if (known != sizes_.end()) continue;
    sizes_.push_back({size.width, size.height, {}});
    resizers.emplace_back(shown.width, shown.height, size.width, size.height);
  }
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
           "shorter video of the same collection",
           video, sizes_[0].frames.size());
  }
}

std::vector<std::int64_t> MatchFrames::places(const Numbering& numbering) const {
  std::vector<std::int64_t> places;
  try {
    VideoReader reader(video_, std::nullopt, numbering);
    while (reader.next({})) places.push_back(reader.decoded_number());
  } catch (const ReadError&) {
    throw;
  } catch (const Error&) {
    // The video was read before, so that only its time stamps can be what this numbering cannot use.
    return {};
  }
  const std::size_t frames = sizes_[0].frames.size();
  expect(places.empty() || places.back() < static_cast<std::int64_t>(frames),
         "{}: it had {} frames, and has more of them now", video_, frames);
  return places;
}

}  // namespace c3d
