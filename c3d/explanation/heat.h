// The maps of an explanation laid over the frames of its video: scaled up linearly over time and space to
// where each crop lies, and averaged where windows or crops show the same place.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "c3d/explanation.h"
#include "engine/core/clip_spec.h"

namespace c3d {

// Where a crop lies in a frame, in shares of its width and height.
struct CropArea {
  double top = 0, left = 0, height = 0, width = 0;
  bool mirrored = false;  // the map's left is the frame's right
};
// Of the crops of these clips, in their order, in frames of this size. Error: as of crop_views().
std::vector<CropArea> crop_areas(const ClipSpec& spec, int width, int height);

// Those of the windows, which rise, that begin at most span - 1 frames before a frame and not after it.
std::span<const ExplainedWindow> windows_of_frame(std::span<const ExplainedWindow> windows, std::int64_t span,
                                                  std::int64_t frame);

// At which places of a clip, from 0 to its last frame, a frame of the video stands; with strides between two.
// None: the clip does not show it; several: a short video is looped.
std::vector<double> clip_positions(const ClipSpec& spec, std::int64_t first_frame, std::int64_t frames,
                                   std::int64_t frame);

// Of one explanation, which it borrows, in frames of one size. One thread.
class Heat {
 public:
  Heat(const VideoExplanation& explanation, const ClipSpec& spec, int width, int height);

  // Of each pixel [height,width] of a frame of the video: from 0 to 1, the largest mean of windows anywhere in
  // the video; negative where the network did not look. (The largest value of any map instead would leave a
  // video dark whose windows overlap and do not agree.)
  std::span<const float> at(std::int64_t frame);

 private:
  // Of the pixels of a row or column: the two places of the map on either side, and the share of the second.
  struct Between {
    std::size_t low = 0, high = 0;
    float share = 0;
    bool inside = false;
  };
  struct Crop {
    std::vector<Between> rows, columns;
  };
  static std::vector<Between> between(int pixels, double begin, double length, std::int64_t places,
                                      bool mirrored);
  bool average_maps(std::int64_t frame);
  void add_map(std::size_t window, double position);
  void draw(const Crop& crop, std::span<const float> map);

  const VideoExplanation& explanation_;
  ClipSpec spec_;
  std::size_t width_;
  float scale_ = 0;
  std::vector<Crop> crops_;
  std::vector<float> means_;  // of the frame's maps [crops, H, W]
  std::vector<float> heat_;
  std::vector<std::uint8_t> covers_;  // how many crops show each pixel
};

}  // namespace c3d
