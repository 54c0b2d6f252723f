#include "data/clip_sampler.h"

#include <algorithm>
#include <utility>

#include "engine/core/error.h"
#include "engine/core/philox.h"

namespace c3d {
namespace {

// Keep these draws apart from each other and from those of dropout and initialisation, which use the seed
// itself.
constexpr std::uint64_t kOrderKey = 0x6f72646572ull;     // "order"
constexpr std::uint64_t kSampleKey = 0x73616d706c65ull;  // "sample"

std::int64_t clip_span(int clip_frames, int frame_stride) {
  return std::int64_t{clip_frames - 1} * frame_stride + 1;
}

std::int64_t last_start(std::int64_t frames, int clip_frames, int frame_stride) {
  return std::max<std::int64_t>(frames - clip_span(clip_frames, frame_stride), 0);
}

void check_rule(const ClipRule& rule) {
  expect(rule.clip_frames >= 1 && rule.frame_stride >= 1,
         "clips of {} frames at a stride of {}: both must be at least 1", rule.clip_frames,
         rule.frame_stride);
  expect(rule.crop >= 1 && (rule.keep_shape || rule.crop <= rule.source_width) &&
             rule.crop <= rule.source_height,
         "a crop of {0}x{0} does not fit into frames of {1}x{2}: choose a smaller crop", rule.crop,
         rule.source_width, rule.source_height);
  expect(rule.flip >= 0 && rule.flip <= 1, "flip is a probability from 0 to 1, not {}", rule.flip);
}

bool left_out(const Video& video, const ClipRule& rule) {
  expect(video.frames > 0, "{}: its frames were not counted before clips were drawn", video.path.string());
  return rule.short_clips == ShortClips::skip &&
         video.frames < clip_span(rule.clip_frames, rule.frame_stride);
}

}  // namespace

const char* to_string(ShortClips rule) {
  switch (rule) {
    case ShortClips::loop:
      return "loop";
    case ShortClips::repeat:
      return "repeat";
    case ShortClips::skip:
      return "skip";
  }
  return "?";
}

ShortClips parse_short_clips(const std::string& text) {
  for (const ShortClips rule : {ShortClips::loop, ShortClips::repeat, ShortClips::skip}) {
    if (text == to_string(rule)) return rule;
  }
  fail("short_clips is '{}': choose loop, repeat or skip", text);
}

std::int64_t below(std::int64_t count, std::uint32_t bits) {
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(count) * bits) >> 32);
}

std::vector<std::int32_t> epoch_order(const Dataset& dataset, const ClipRule& rule, std::uint64_t seed,
                                      int epoch) {
  check_rule(rule);
  std::vector<std::pair<std::uint64_t, std::int32_t>> keyed;
  keyed.reserve(dataset.videos.size());
  for (std::size_t i = 0; i < dataset.videos.size(); ++i) {
    if (left_out(dataset.videos[i], rule)) continue;
    const PhiloxBlock random = philox(seed ^ kOrderKey, i, static_cast<std::uint64_t>(epoch));
    keyed.emplace_back(std::uint64_t{random.word[0]} << 32 | random.word[1], static_cast<std::int32_t>(i));
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::int32_t> order;
  order.reserve(keyed.size());
  for (const auto& [key, video] : keyed) order.push_back(video);
  return order;
}

ClipRequest sample_clip(const Dataset& dataset, const ClipRule& rule, const std::vector<std::int32_t>& order,
                        std::uint64_t seed, int epoch, std::int64_t index) {
  expect(!order.empty() && index >= 0, "sample {} of an epoch of {} videos does not exist", index,
         order.size());
  const std::int32_t video = order[static_cast<std::size_t>(index) % order.size()];
  const std::int64_t frames = dataset.videos[static_cast<std::size_t>(video)].frames;
  const PhiloxBlock random =
      philox(seed ^ kSampleKey, static_cast<std::uint64_t>(index), static_cast<std::uint64_t>(epoch));
  ClipRequest request;
  request.video = video;
  request.first_frame = below(last_start(frames, rule.clip_frames, rule.frame_stride) + 1, random.word[0]);
  if (rule.keep_shape) request.crop_bits = {random.word[1], random.word[2]};
  request.crop_top = static_cast<int>(below(rule.stored_height() - rule.crop + 1, random.word[1]));
  request.crop_left = static_cast<int>(below(rule.stored_width() - rule.crop + 1, random.word[2]));
  request.flip = static_cast<double>(uniform_float(random.word[3])) < rule.flip;
  return request;
}

std::vector<ClipRequest> evaluation_clips(const Dataset& dataset, const ClipRule& rule, std::int32_t video,
                                          int clips) {
  check_rule(rule);
  const Video& source = dataset.videos.at(static_cast<std::size_t>(video));
  std::vector<ClipRequest> requests;
  if (left_out(source, rule)) return requests;
  ClipRequest request{.video = video};
  request.crop_top = rule.judged_top >= 0 ? rule.judged_top : (rule.stored_height() - rule.crop) / 2;
  request.crop_left = rule.judged_left >= 0 ? rule.judged_left : (rule.stored_width() - rule.crop) / 2;
  for (const std::int64_t start : even_starts(source.frames, rule.clip_frames, rule.frame_stride, clips)) {
    request.first_frame = start;
    requests.push_back(request);
  }
  return requests;
}

std::vector<std::int64_t> window_starts(std::int64_t frames, int clip_frames, int frame_stride, int step) {
  expect(step >= 1, "a sliding window must move by at least one frame, not by {}", step);
  const std::int64_t last = last_start(frames, clip_frames, frame_stride);
  std::vector<std::int64_t> starts;
  for (std::int64_t start = 0; start <= last; start += step) starts.push_back(start);
  return starts;
}

std::vector<std::int64_t> even_starts(std::int64_t frames, int clip_frames, int frame_stride, int clips) {
  expect(clips >= 1, "{} clips of a video: at least one is needed", clips);
  const std::int64_t last = last_start(frames, clip_frames, frame_stride);
  if (clips == 1) return {last / 2};
  const std::int64_t gaps = clips - 1;
  std::vector<std::int64_t> starts;
  for (std::int64_t i = 0; i <= gaps; ++i) {
    const std::int64_t start = (2 * i * last + gaps) / (2 * gaps);  // i last / gaps, rounded
    if (starts.empty() || start != starts.back()) starts.push_back(start);
  }
  return starts;
}

std::int64_t clip_frame(std::int64_t first_frame, int i, int frame_stride, std::int64_t frames,
                        ShortClips rule) {
  const std::int64_t frame = first_frame + std::int64_t{i} * frame_stride;
  if (rule == ShortClips::loop) return frame % frames;
  if (rule == ShortClips::repeat) return std::min(frame, frames - 1);
  return frame;
}

}  // namespace c3d
