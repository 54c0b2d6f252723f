// Paints the frames of a scene, through Cairo: edges are smooth at any place, size and angle, so motion shows
// at fractions of a pixel. Owns the picture of the ground; one thread at a time.
#pragma once

#include <cstdint>
#include <span>

#include "c3d/report/canvas.h"
#include "tools/c3d_synth/scene.h"

namespace c3d {

class ScenePainter {
 public:
  // Frames 0 to last_frame will be asked for: the ground must reach that far.
  ScenePainter(const Scene& scene, int width, int height, double last_frame);

  void paint(double frame, std::span<std::uint8_t> rgb);  // [height,width,3]

 private:
  void paint_body(const Body& body, double frame);

  Scene scene_;
  double margin_;
  Canvas ground_, canvas_;
};

}  // namespace c3d
