#include "c3d/explanation/clip_heat.h"

#include <algorithm>
#include <vector>

#include "c3d/explanation/heat.h"
#include "c3d/report/heat_colors.h"
#include "c3d/report/thumbnails/frame_strip.h"
#include "data/crop_views.h"
#include "data/jpeg.h"
#include "data/resize.h"

namespace c3d {
namespace {

constexpr int kShownFrames = 8, kFramesInRow = 4;
constexpr std::uint8_t kWhite = 255;
constexpr int kQuantizer = 6;

// As the network reads it.
Clip network_clip(std::span<const std::uint8_t> frames, int width, int height, const ClipSpec& spec) {
  Clip clip;
  if (!spec.stores_crops()) {
    clip.frames = ClipFrames(frames);
    return clip;
  }
  clip.frames = ClipFrames(clip_bytes(spec));
  const auto count = static_cast<std::size_t>(spec.clip_frames);
  const std::size_t whole = frames.size() / count, square = clip.frames.size() / count;
  const CropView view = crop_views(spec, height, width).front();
  ViewCutter cutter;
  for (std::size_t i = 0; i < count; ++i) {
    cutter.cut(view, height, width, spec.crop, frames.subspan(i * whole, whole),
               std::span(clip.frames.data() + i * square, square));
  }
  return clip;
}

// Frames beside and below each other on white.
class Sheet {
 public:
  explicit Sheet(FrameSize frame)
      : frame_(frame),
        width_(kFramesInRow * (frame.width + kStripFrameGap) - kStripFrameGap),
        height_(kShownFrames / kFramesInRow * (frame.height + kStripFrameGap) - kStripFrameGap),
        rgb_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * 3, kWhite) {}

  void add(std::span<const std::uint8_t> rgb) {
    const int left = added_ % kFramesInRow * (frame_.width + kStripFrameGap);
    const int top = added_ / kFramesInRow * (frame_.height + kStripFrameGap);
    const auto row = static_cast<std::size_t>(frame_.width) * 3;
    for (int y = 0; y < frame_.height; ++y) {
      const auto place = (static_cast<std::size_t>(top + y) * static_cast<std::size_t>(width_) +
                          static_cast<std::size_t>(left)) *
                         3;
      std::ranges::copy(rgb.subspan(static_cast<std::size_t>(y) * row, row),
                        rgb_.begin() + static_cast<std::ptrdiff_t>(place));
    }
    ++added_;
  }
  std::string jpeg() const { return encode_jpeg(rgb_, width_, height_, kQuantizer); }

 private:
  FrameSize frame_;
  int width_, height_;
  std::vector<std::uint8_t> rgb_;
  int added_ = 0;
};

}  // namespace

HeatPicture heat_picture(GradCam& cam, std::span<const std::uint8_t> frames, int width, int height,
                         const ClipSpec& spec, std::size_t label) {
  const Clip clip = network_clip(frames, width, height, spec);
  VideoExplanation explanation;
  explanation.frames = spec.span();  // the clip as a video of its own
  explanation.windows.resize(1);
  explanation.grid = {cam.grid().d, cam.grid().h, cam.grid().w};
  explanation.maps = cam.maps(std::span(&clip, 1), spec, label);

  const FrameSize shown = strip_frame_size(width, height);
  Heat heat(explanation, spec, shown.width, shown.height);
  Resizer resizer(width, height, shown.width, shown.height);
  std::vector<std::uint8_t> small(static_cast<std::size_t>(shown.width) *
                                  static_cast<std::size_t>(shown.height) * 3);
  const std::size_t whole = frames.size() / static_cast<std::size_t>(spec.clip_frames);
  Sheet sheet(shown);
  for (int i = 0; i < kShownFrames; ++i) {
    // In the middles of equal parts of the clip.
    const int position = (2 * i + 1) * spec.clip_frames / (2 * kShownFrames);
    resizer.run(frames.data() + static_cast<std::size_t>(position) * whole, std::ptrdiff_t{width} * 3,
                small.data());
    draw_heat_on_frame(small, heat.at(std::int64_t{position} * spec.frame_stride));
    sheet.add(small);
  }
  return {sheet.jpeg(), std::ranges::all_of(explanation.maps, [](float value) { return value == 0; })};
}

}  // namespace c3d
