// The one kind of Error that is told apart: what was asked for is wrong by itself, whatever the files hold.
#pragma once

#include "c3d/error.h"
#include "c3d/export.h"

namespace c3d {

// A name that there is not, a number out of its range, options that contradict each other.
class C3D_API InvalidArgument : public Error {
 public:
  using Error::Error;
};

}  // namespace c3d
