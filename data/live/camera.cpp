#include "data/live/camera.h"

#include <dlfcn.h>

extern "C" {
#include <libavdevice/version.h>
}

#include "engine/core/error.h"

namespace c3d {

// The library stays open: FFmpeg keeps pointers into it.
const AVInputFormat& device_format(const std::string& name) {
  const std::string file = fmt::format("libavdevice{}.so.{}", C3D_FFMPEG_SUFFIX, LIBAVDEVICE_VERSION_MAJOR);
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  expect(library != nullptr, "cameras need {}, which is not there: install libavdevice{}", file,
         LIBAVDEVICE_VERSION_MAJOR);
  auto* register_all = reinterpret_cast<void (*)()>(dlsym(library, "avdevice_register_all"));
  expect(register_all != nullptr, "{} has no avdevice_register_all", file);
  register_all();
  const AVInputFormat* format = av_find_input_format(name.c_str());
  expect(format != nullptr, "{} was built without {}", file, name);
  return *format;
}

}  // namespace c3d
