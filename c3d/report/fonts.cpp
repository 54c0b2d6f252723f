#include "c3d/report/fonts.h"

#include <fontconfig/fontconfig.h>

#include <cstdlib>
#include <filesystem>

#include "engine/io/file.h"
#include "engine/io/installed_folders.h"

namespace c3d {
namespace {

void take_configuration(const std::filesystem::path& file) {
  FcConfig* const config = FcConfigCreate();
  if (config == nullptr) return;
  if (FcConfigParseAndLoad(config, reinterpret_cast<const FcChar8*>(file.c_str()), FcTrue) != FcFalse &&
      FcConfigBuildFonts(config) != FcFalse) {
    FcConfigSetCurrent(config);  // holds it, too
  }
  FcConfigDestroy(config);
}

bool look_for_fonts() {
  if (std::getenv("FONTCONFIG_FILE") != nullptr) return false;
  for (const std::filesystem::path& folder : installed_folders("share/c3d/fonts")) {
    if (!file_identity(folder / "fonts.conf")) continue;
    take_configuration(folder / "fonts.conf");
    return true;
  }
  return false;
}

}  // namespace

void use_installed_fonts() {
  static const bool is_done = look_for_fonts();
  static_cast<void>(is_done);
}

}  // namespace c3d
