// Any bytes as a file of settings: settings that are written and read again as they are, or an Error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "c3d/training/train_settings.h"
#include "engine/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  c3d::TrainSettings settings;
  try {
    for (const c3d::Assignment& assignment : c3d::parse_settings(text, "fuzz.json"))
      c3d::assign(settings, assignment);
    c3d::check_settings(settings);
  } catch (const c3d::Error&) {
    return 0;
  }
  const std::string written = c3d::settings_json(settings);
  c3d::TrainSettings again;
  for (const c3d::Assignment& assignment : c3d::parse_settings(written, "fuzz.json"))
    c3d::assign(again, assignment);
  if (c3d::settings_json(again) != written) std::abort();
  return 0;
}
