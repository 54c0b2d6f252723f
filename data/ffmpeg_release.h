#pragma once

#include <string>

namespace c3d {

std::string ffmpeg_release();  // of the libraries that run, "5.1.6"; empty: this build has none

}  // namespace c3d
