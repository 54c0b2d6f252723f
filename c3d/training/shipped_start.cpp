#include "c3d/training/shipped_start.h"

#include <cstdlib>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "engine/io/file.h"
#include "engine/io/installed_folders.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "c3d-motion-w025.safetensors";
constexpr const char* kFolder = "share/c3d/pretrained";

std::vector<fs::path> places_of_start() {
  const char* const set = std::getenv("C3D_PRETRAINED");
  if (set != nullptr && *set != '\0') return {fs::path(set)};
  return installed_folders(kFolder);
}

}  // namespace

std::optional<fs::path> find_motion_start() {
  for (const fs::path& place : places_of_start()) {
    if (file_identity(place / kFile)) return place / kFile;
  }
  return std::nullopt;
}

fs::path start_file(const std::string& init) {
  if (init != kMotionStart) return init;
  const std::optional<fs::path> found = find_motion_start();
  if (found) return *found;
  Lines places;
  for (const fs::path& place : places_of_start()) places.text += "\n  " + printable(place.native());
  fail(
      "{}: these weights to start from, {}, are not installed; give a file, start from none, or name their "
      "folder by C3D_PRETRAINED. They were sought in:{}",
      kMotionStart, kFile, places);
}

ModelInfo start_info(const TrainSettings& settings) {
  const fs::path file = start_file(settings.init);
  try {
    return model_info(read_weights(file, settings.init_map));
  } catch (Error& error) {
    error.add_context("while starting from the weights " + printable(file.native()));
    throw;
  }
}

}  // namespace c3d
