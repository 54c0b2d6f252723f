// What happens to a frame between the scene and the file: light that changes, a soft lens, noise of the
// sensor, blocks of a codec.
#pragma once

#include <span>

#include "data/synth/bitmap.h"
#include "data/synth/draws.h"

namespace c3d::synth {

class Film {
 public:
  // Light is drawn from one stream, lens and sensor from another.
  Film(Draws& light, Draws& film);

  // In place, then out [H,W,3]. share: of the clip; frame: its number, for the noise.
  void expose(Bitmap& picture, float share, int frame, std::span<std::uint8_t> rgb) const;

 private:
  enum class Light : std::uint8_t { steady, flicker, fade, step, shadow };

  float gain_at(float share, int frame) const;
  void cast_shadow(Bitmap& picture, float share) const;
  void brighten(Bitmap& picture, float gain) const;
  void add_noise(Bitmap& picture, int frame) const;
  void quantise(Bitmap& picture) const;

  Light light_ = Light::steady;
  float depth_ = 0, from_ = 1, to_ = 1, phase_ = 0, turn_ = 0;
  int blurs_ = 0;
  int coarseness_ = 0;  // of the codec's steps; 0: none
  std::uint64_t noise_key_ = 0;
  std::vector<std::int8_t> noise_;  // for the bytes of pixels; empty: none
};

}  // namespace c3d::synth
