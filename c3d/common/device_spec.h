// From what a user says of a device to a backend that is ready to compute.
#pragma once

#include <memory>
#include <string>

#include "c3d/device.h"
#include "kernels/make_backend.h"

namespace c3d {

// Error: a precision or a number that there is not.
BackendSpec backend_spec(const DeviceOptions& options);

}  // namespace c3d
