// How a network's input is recorded, wherever it is trained, evaluated, used or timed: stored frames and the
// crop to take of them become the clip that the first convolution reads.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "engine/autograd/tape.h"
#include "engine/core/clip_spec.h"

namespace c3d {

struct ClipInput {
  std::int64_t batch = 16;  // N
  ClipSpec clip;
  Normalization normalization;
  std::array<float, 3> mean{};  // in the normalization's colour order
  // In its place where it is there: [D,Hs,Ws,3].
  std::shared_ptr<const std::vector<float>> mean_cube = nullptr;

  // Of the frames as they are stored: [N,D,Hs,Ws,3].
  Shape frames_shape() const {
    return {batch, clip.clip_frames, clip.stored_height(), clip.stored_width(), kColours};
  }
};

// The mean of an input in the device's memory, for any number of tapes.
class DeviceMean {
 public:
  DeviceMean() = default;
  DeviceMean(Backend& backend, const ClipInput& input);  // waits until it is there
  ConstTensor values() const { return values_; }         // f32 [3], or [D,Hs,Ws,3]

 private:
  Buffer memory_;
  Tensor values_;
};

struct ClipVars {
  Var frames;  // u8 [N,D,Hs,Ws,3] RGB
  Var crops;   // i32 [N,3]: top, left, flip (0/1)
  Var clip;    // [N,D,crop,crop,8] in the compute type
};
// The first two are the tape's inputs. The mean must outlive the tape.
ClipVars record_clip_input(Tape& tape, const ClipInput& input, const DeviceMean& mean);

}  // namespace c3d
