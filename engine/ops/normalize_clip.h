// From stored frames to the network's input: crop, flip, (frame - mean) * scale, channel order, zeros in the
// channels that are no colours. frames u8 [N,D,Hs,Ws,3] RGB, crops i32 [N,3] (top, left, flip) ->
// [N,D,height,width,8] in the compute type.
#pragma once

#include "engine/autograd/tape.h"

namespace c3d {

// mean: f32 [3] or [D,Hs,Ws,3] on the backend's device, in the wanted channel order; must outlive the tape.
Var normalize_clip(Tape& tape, Var frames, Var crops, ConstTensor mean, const Normalization& normalization,
                   std::int64_t height, std::int64_t width);

}  // namespace c3d
