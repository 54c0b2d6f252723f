#include "c3d/device.h"

#include <fmt/format.h>

#include <sstream>

#include "c3d/common/machine.h"
#include "data/ffmpeg_release.h"
#include "engine/core/error.h"
#include "engine/core/usable_threads.h"
#include "kernels/make_backend.h"

namespace c3d {
namespace {

DeviceDescription describe(const std::string& name) {
  DeviceDescription device{.name = name, .is_usable = false, .description = {}};
  try {
    device.description = make_backend({.device = name})->description();
    device.is_usable = true;
  } catch (const Error& error) {
    device.description = error.message();
  }
  return device;
}

}  // namespace

std::vector<DeviceDescription> devices() {
  std::vector<DeviceDescription> all{describe("cpu"), describe("reference")};
  for (int number = 0;; ++number) {
    DeviceDescription gpu = describe(fmt::format("cuda:{}", number));
    const bool is_last = !gpu.is_usable;
    if (number == 0 || gpu.is_usable) all.push_back(std::move(gpu));
    if (is_last) return all;
  }
}

ProcessorDescription processor() {
  return {
      .name = processor_name(), .usable_threads = usable_threads(), .instruction_sets = instruction_sets()};
}

LibraryVersion library_version() {
  LibraryVersion version{.version = C3D_VERSION,
                         .commit = commit(),
                         .backends = {},
                         .ffmpeg = ffmpeg_release(),
                         .cudnn = C3D_CUDNN_VERSION};
  std::istringstream backends(C3D_BACKENDS);
  for (std::string name; backends >> name;) version.backends.push_back(name);
  return version;
}

}  // namespace c3d
