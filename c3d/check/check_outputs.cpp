#include "c3d/check/check_outputs.h"

#include <system_error>

#include "c3d/common/output_guard.h"
#include "c3d/training/train_setting_table.h"
#include "c3d/training/train_settings.h"

namespace c3d {

void expect_free(const CheckOutputs& outputs, const CheckOptions& options) {
  OutputGuard guard;
  guard.add_input(options.weights, "the weights");
  guard.add_input(options.config, "the settings");
  std::vector<Assignment> settings = options.settings;
  if (!options.config.empty()) {
    for (const Assignment& setting : read_settings(options.config)) settings.push_back(setting);
  }
  for (const auto& [key, value] : settings) {
    std::error_code unknown;
    if (key == "data" || key == "val") {
      guard.add_list(value);
    } else if (find_setting(key).is_path && !std::filesystem::is_directory(value, unknown)) {
      guard.add_input(value, "the file of `" + key + "`,");
    }
  }
  for (const auto& [what, path] : outputs) guard.add_output(path, what);
  for (const auto& [what, path] : outputs) expect_writable(path);
}

void expect_no_video(const CheckOutputs& outputs, const CheckReport& report) {
  OutputGuard guard;
  for (const CheckedVideo& video : report.videos) guard.add_input(video.file, "the video");
  for (const auto& [what, path] : outputs) guard.add_output(path, what);
}

}  // namespace c3d
