// The devices of libavdevice. It is opened when one is asked for: with the eighty libraries that it brings, a
// program starts in twice the time.
#pragma once

#include <string>

#include "data/ffmpeg.h"

namespace c3d {

// Of its name ("v4l2"). Error: the library is not there, or has no such device.
const AVInputFormat& device_format(const std::string& name);

}  // namespace c3d
