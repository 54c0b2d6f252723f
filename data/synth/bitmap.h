// Pixels of one word each, and what is drawn into them. Coordinates of a target are pixels: (0, 0) is the
// corner of the first one, (0.5, 0.5) its middle. Functions draw into a target of any size and leave out what
// lies beside it; one thread a target.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "data/synth/exact_math.h"

namespace c3d::synth {

using Pixel = std::uint32_t;  // R | G << 8 | B << 16 | A << 24; colours are multiplied by A

inline constexpr int kLargestSide = 2048;  // of a picture

struct Bitmap {
  Bitmap() = default;
  Bitmap(int w, int h, Pixel fill = 0)
      : width(w), height(h), pixels(static_cast<std::size_t>(w) * static_cast<std::size_t>(h), fill) {}

  Pixel* row(int y) { return pixels.data() + static_cast<std::ptrdiff_t>(y) * width; }
  const Pixel* row(int y) const { return pixels.data() + static_cast<std::ptrdiff_t>(y) * width; }

  int width = 0, height = 0;
  std::vector<Pixel> pixels;
};

// A line from a to b whose ends are round, with a radius at each: a limb, a drop, a disc (a == b).
struct Capsule {
  Vec2 a, b;
  float radius_a = 1, radius_b = 1;
  const Bitmap* texture = nullptr;  // sides are powers of two; repeats
  Vec2 texture_origin;              // the pixel where its texel (0, 0) lies
  Vec2 texture_axis{1, 0};          // texels to the right for a pixel along x, y
  float brightness = 1;
  float roundness = 0;  // 0 flat; 1: as dark at the border as a ball lit from the eye
  float opacity = 1;
};
void draw_capsule(Bitmap& target, const Capsule& capsule);

// Where a pixel of the target is taken from: a place in the source, and how much of it is laid over.
struct SourcePoint {
  Vec2 at;
  float cover = 1;  // limited to [0, 1] after interpolation, so that a steep ramp makes an edge
};
using SourceMap = std::function<SourcePoint(Vec2 target)>;
enum class Outside : std::uint8_t { clear, repeat, extend };  // repeat: sides are powers of two

struct Box {
  float left = 0, top = 0, right = 0, bottom = 0;
};
// Lays the source over the box. The map is asked at the corners of cells of 8 x 8 pixels and interpolated
// between them; the source is interpolated between its texels.
void draw_mapped(Bitmap& target, const Box& box, const Bitmap& source, Outside outside, const SourceMap& map);

// The target is the source, moved: its pixel (0, 0) is the source's (x, y). Beyond its borders the source
// extends.
void copy_moved(Bitmap& target, const Bitmap& source, float x, float y);

// Each pixel becomes the mean, weighted 1 2 1 both ways, of its neighbourhood.
void blur(Bitmap& bitmap);

}  // namespace c3d::synth
