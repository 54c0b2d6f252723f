// How a network's input is recorded, wherever it is trained, judged, used or timed: stored frames and the
// crop to take of them become the clip that the first convolution reads.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "engine/autograd/tape.h"

namespace c3d {

struct ClipInput {
  std::int64_t batch = 16;  // N
  std::int64_t frames = 16;
  std::int64_t source_height = 128, source_width = 171;  // of the frames as stored
  std::int64_t crop = 112;
  Normalisation normalisation;
  std::array<float, 3> mean{};  // in the normalisation's colour order
  // In its place where it is there: [frames, source_height, source_width, 3].
  std::shared_ptr<const std::vector<float>> mean_cube = nullptr;
};

// The mean of an input in the device's memory, for any number of tapes.
class DeviceMean {
 public:
  DeviceMean() = default;
  DeviceMean(Backend& backend, const ClipInput& input);  // waits until it is there
  ConstTensor values() const { return values_; }  // f32 [3], or [frames, source_height, source_width, 3]

 private:
  Buffer memory_;
  Tensor values_;
};

struct ClipVars {
  Var frames;  // u8 [N, frames, source_height, source_width, 3] RGB
  Var crops;   // i32 [N, 3]: top, left, flip (0/1)
  Var clip;    // [N, frames, crop, crop, 8] in the compute type
};
// The first two are the tape's inputs. The mean must outlive the tape.
ClipVars record_clip_input(Tape& tape, const ClipInput& input, const DeviceMean& mean);

}  // namespace c3d
