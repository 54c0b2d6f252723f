// y = x weight^T + bias, optionally ReLU. x [N,I], weight [O,I], bias [O] -> [N,O].
#pragma once

#include "engine/autograd/tape.h"

namespace c3d {

Var linear(Tape& tape, Var x, Var weight, Var bias, Activation activation = Activation::none);

}  // namespace c3d
