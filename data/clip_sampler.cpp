#include "data/clip_sampler.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/class_balance.h"
#include "data/crop_views.h"
#include "engine/core/error.h"
#include "engine/core/philox.h"

namespace c3d {
namespace {

// Keep these draws apart from each other and from those of dropout and initialization, which use the seed
// itself.
constexpr std::uint64_t kOrderKey = 0x6f72646572ull;     // "order"
constexpr std::uint64_t kSampleKey = 0x73616d706c65ull;  // "sample"

// From the first frame of a clip to that at position i.
std::int64_t frames_to(const ClipSpec& spec, int i, double speed) {
  return std::llround(static_cast<double>(std::int64_t{i} * spec.frame_stride) * speed);
}

std::int64_t last_start(const ClipSpec& spec, std::int64_t frames, double speed = 1) {
  return std::max<std::int64_t>(frames - 1 - frames_to(spec, spec.clip_frames - 1, speed), 0);
}

double speed_within(const ClipSpec& spec, std::int64_t frames, double speed) {
  if (frames < spec.span() || spec.span() == 1) return speed;
  return std::min(speed, static_cast<double>(frames - 1) / (spec.span() - 1));
}

void check_spec(const ClipSpec& spec) {
  expect(spec.clip_frames >= 1 && spec.frame_stride >= 1,
         "clips of {} frames at a stride of {}: both must be at least 1", spec.clip_frames,
         spec.frame_stride);
  expect(spec.crop >= 1 && (spec.keeps_shape() || spec.crop <= spec.resize_width) &&
             spec.crop <= spec.resize_height,
         "a crop of {0}x{0} does not fit into frames of {1}x{2}: choose a smaller crop", spec.crop,
         spec.resize_width, spec.resize_height);
  expect(spec.flip >= 0 && spec.flip <= 1, "flip is a probability from 0 to 1, not {}", spec.flip);
}

std::vector<std::int64_t> even_starts(std::int64_t last, int clips) {
  expect(clips >= 1, "{} clips of a video: at least one is needed", clips);
  if (clips == 1) return {last / 2};
  const std::int64_t gaps = clips - 1;
  std::vector<std::int64_t> starts;
  for (std::int64_t i = 0; i <= gaps; ++i) {
    const std::int64_t start = (2 * i * last + gaps) / (2 * gaps);  // i last / gaps, rounded
    if (starts.empty() || start != starts.back()) starts.push_back(start);
  }
  return starts;
}

bool left_out(const Video& video, const ClipSpec& spec) {
  expect(video.frames > 0, "{}: its frames were not counted before clips were drawn", video.path.string());
  return spec.short_clips == ShortClips::skip && video.frames < spec.span();
}

}  // namespace

void expect_clips(const Dataset& dataset, const ClipSpec& spec) {
  const bool gives_one =
      std::ranges::any_of(dataset.videos, [&](const Video& video) { return !left_out(video, spec); });
  expect(gives_one,
         "none of the {} videos gives a clip of {} frames at a stride of {}: choose short_clips=loop or a "
         "smaller stride",
         dataset.videos.size(), spec.clip_frames, spec.frame_stride);
}

std::int64_t below(std::int64_t count, std::uint32_t bits) {
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(count) * bits) >> 32);
}

std::vector<std::int32_t> epoch_order(const Dataset& dataset, const ClipSpec& spec, std::uint64_t seed,
                                      int epoch, double balance) {
  check_spec(spec);
  std::vector<std::pair<std::uint64_t, std::int32_t>> keyed;
  keyed.reserve(dataset.videos.size());
  for (std::size_t i = 0; i < dataset.videos.size(); ++i) {
    if (left_out(dataset.videos[i], spec)) continue;
    const PhiloxBlock random = philox(seed ^ kOrderKey, i, static_cast<std::uint64_t>(epoch));
    keyed.emplace_back(std::uint64_t{random.word[0]} << 32 | random.word[1], static_cast<std::int32_t>(i));
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::int32_t> order;
  order.reserve(keyed.size());
  for (const auto& [key, video] : keyed) order.push_back(video);
  return balance == 0 ? order : balanced_order(dataset, order, balance, seed, epoch);
}

ClipRequest sample_clip(const Dataset& dataset, const ClipSpec& spec, const std::vector<std::int32_t>& order,
                        std::uint64_t seed, int epoch, std::int64_t index, const Augmentation& augmentation) {
  expect(!order.empty() && index >= 0, "sample {} of an epoch of {} videos does not exist", index,
         order.size());
  const std::int32_t video = order[static_cast<std::size_t>(index) % order.size()];
  const std::int64_t frames = dataset.videos[static_cast<std::size_t>(video)].frames;
  const PhiloxBlock random =
      philox(seed ^ kSampleKey, static_cast<std::uint64_t>(index), static_cast<std::uint64_t>(epoch));
  ClipRequest request;
  request.video = video;
  if (augmentation.changes_pixels() || augmentation.speed.on()) {
    const AugmentationDraw draw = draw_augmentation(augmentation, seed, epoch, index);
    request.speed = speed_within(spec, frames, draw.speed);
    if (augmentation.changes_pixels()) request.augmentation = draw;
  }
  request.first_frame = below(last_start(spec, frames, request.speed) + 1, random.word[0]);
  if (spec.stores_crops()) request.crop_bits = {random.word[1], random.word[2]};
  request.crop_top = static_cast<int>(below(spec.stored_height() - spec.crop + 1, random.word[1]));
  request.crop_left = static_cast<int>(below(spec.stored_width() - spec.crop + 1, random.word[2]));
  request.flip = static_cast<double>(uniform_float(random.word[3])) < spec.flip;
  return request;
}

std::vector<ClipRequest> evaluation_clips(const Dataset& dataset, const ClipSpec& spec, std::int32_t video) {
  check_spec(spec);
  const Video& source = dataset.videos.at(static_cast<std::size_t>(video));
  std::vector<ClipRequest> requests;
  if (left_out(source, spec)) return requests;
  // Of crops that are stored: the whole square.
  std::vector<CropView> views(static_cast<std::size_t>(spec.crops));
  if (!spec.stores_crops()) views = crop_views(spec, spec.stored_height(), spec.stored_width());
  ClipRequest request{.video = video};
  for (const std::int64_t start : clip_starts(spec, source.frames)) {
    request.first_frame = start;
    for (request.view = 0; request.view < spec.crops; ++request.view) {
      request.crop_top = views[static_cast<std::size_t>(request.view)].top;
      request.crop_left = views[static_cast<std::size_t>(request.view)].left;
      request.flip = is_mirrored(spec, request.view);
      requests.push_back(request);
    }
  }
  return requests;
}

std::vector<std::int64_t> clip_starts(const ClipSpec& spec, std::int64_t frames) {
  const std::int64_t last = last_start(spec, frames);
  if (spec.step <= 0) return even_starts(last, spec.clips);
  std::vector<std::int64_t> starts;
  for (std::int64_t start = std::min<std::int64_t>(spec.first_frame, last); start <= last;
       start += spec.step) {
    starts.push_back(start);
  }
  return starts;
}

std::int64_t clip_frame(const ClipSpec& spec, std::int64_t first_frame, int i, std::int64_t frames,
                        double speed) {
  const std::int64_t frame = first_frame + frames_to(spec, i, speed);
  if (spec.short_clips == ShortClips::loop) return frame % frames;
  if (spec.short_clips == ShortClips::repeat) return std::min(frame, frames - 1);
  return frame;
}

}  // namespace c3d
