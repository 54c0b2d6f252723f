// Where the camera looks, by its label, over the frames as they are shown.
#pragma once

#include "data/synth/actor.h"

namespace c3d::synth {

class Camera {
 public:
  Camera(Draws& draws, CameraMove move);

  // share: of the clip that has been shown, [0, 1). `followed` is the actor's middle.
  View view(float share, Vec2 followed, int width, int height) const;
  bool is_still() const { return move_ == CameraMove::still; }
  // Whether it neither turns nor zooms, so that one frame's picture is another's, moved.
  bool only_pans() const;

 private:
  CameraMove move_;
  Vec2 way_;
  float zoom_ = 1, turns_ = 0;  // as it starts
  float far_ = 0, zoomed_ = 1;  // what it does in a clip
  float turned_ = 0, cut_ = 0.5F, beat_ = 1, phase_ = 0;
};

}  // namespace c3d::synth
