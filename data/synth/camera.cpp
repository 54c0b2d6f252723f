#include "data/synth/camera.h"

namespace c3d::synth {

Camera::Camera(Draws& draws, CameraMove move) : move_(move) {
  // Everything is drawn whatever the move, so that a scene keeps its camera when its label is chosen.
  const float far = draws.between(0.18F, 0.5F), zoomed = draws.between(1.3F, 1.75F);
  cut_ = draws.between(0.3F, 0.7F);
  beat_ = draws.between(2, 5);
  phase_ = draws.uniform();
  turned_ = draws.sign() * draws.between(0.04F, 0.12F);
  const float cut_zoom = draws.between(0.8F, 1.5F);
  const Vec2 cut_centre{draws.between(-0.22F, 0.22F), draws.between(-0.16F, 0.16F)};
  far_ = far;
  switch (move) {
    case CameraMove::pan_left:
      way_ = {-1, 0};
      break;
    case CameraMove::pan_right:
      way_ = {1, 0};
      break;
    case CameraMove::tilt_up:
      way_ = {0, -0.75F};
      break;
    case CameraMove::tilt_down:
      way_ = {0, 0.75F};
      break;
    case CameraMove::zoom_in:
      zoom_ = 0.85F;
      zoomed_ = zoomed;
      break;
    case CameraMove::zoom_out:
      zoom_ = 0.85F * zoomed;
      zoomed_ = 1 / zoomed;
      break;
    case CameraMove::shake:
      far_ = 0.01F + 0.04F * far;
      break;
    case CameraMove::roll:
      zoom_ = 1.05F;
      turns_ = -0.5F * turned_;
      break;
    case CameraMove::cut:
      zoomed_ = cut_zoom;
      way_ = cut_centre;
      break;
    case CameraMove::still:
    case CameraMove::follow:
      break;
  }
}

bool Camera::only_pans() const {
  return move_ != CameraMove::zoom_in && move_ != CameraMove::zoom_out && move_ != CameraMove::roll &&
         move_ != CameraMove::cut;
}

View Camera::view(float share, Vec2 followed, int width, int height) const {
  Vec2 centre;
  float zoom = zoom_, turns = turns_;
  switch (move_) {
    case CameraMove::pan_left:
    case CameraMove::pan_right:
    case CameraMove::tilt_up:
    case CameraMove::tilt_down:
      centre = (share - 0.5F) * far_ * way_;
      break;
    case CameraMove::zoom_in:
    case CameraMove::zoom_out:
      zoom *= mix(1, zoomed_, share);
      break;
    case CameraMove::shake:
      centre = far_ * Vec2{sine(beat_ * share + phase_) + 0.6F * sine(2.3F * beat_ * share),
                           sine(1.3F * beat_ * share) + 0.6F * sine(1.9F * beat_ * share + phase_)};
      break;
    case CameraMove::roll:
      turns += turned_ * share;
      break;
    case CameraMove::cut:
      if (share >= cut_) {
        zoom *= zoomed_;
        centre = way_;
      }
      break;
    case CameraMove::follow:
      centre = 0.92F * followed;
      break;
    case CameraMove::still:
      break;
  }
  View view;
  view.centre = centre;
  view.middle = {0.5F * static_cast<float>(width), 0.5F * static_cast<float>(height)};
  view.scale = zoom * static_cast<float>(height);
  view.sine_of_roll = sine(turns);
  view.cosine_of_roll = cosine(turns);
  return view;
}

}  // namespace c3d::synth
