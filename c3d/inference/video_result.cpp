#include "c3d/inference/video_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "c3d/common/machine.h"
#include "engine/core/printable.h"
#include "engine/io/json_text.h"

namespace c3d {

std::string json_line(const VideoResult& result, const std::vector<std::string>& names,
                      const Origin* origin) {
  using nlohmann::ordered_json;
  ordered_json line;
  line["file"] = json_name(result.file);
  line["status"] = result.ok() ? "ok" : "failed";
  line["error"] = result.error;
  line["frames"] = result.frames;
  line["fps"] = result.fps;
  line["seconds"] = result.seconds;
  line["labels"] = ordered_json::array();
  for (const auto& [index, probability] : result.labels) {
    line["labels"].push_back(ordered_json{{"label", names.at(static_cast<std::size_t>(index))},
                                          {"index", index},
                                          {"probability", probability}});
  }
  line["clips"] = ordered_json::array();
  for (const ClipResult& clip : result.clips) {
    line["clips"].push_back(ordered_json{{"first_frame", clip.first_frame},
                                         {"start_seconds", clip.start_seconds},
                                         {"end_seconds", clip.end_seconds},
                                         {"label", names.at(static_cast<std::size_t>(clip.label))},
                                         {"probability", clip.probability}});
  }
  line["warnings"] = result.warnings;
  if (origin != nullptr) {
    line["made_by"] = recipe_json(origin->recipe);
    line["source"] = source_json(origin->source);
    line["program"] = commit();
  }
  // Other bytes that are not UTF-8, in a label or an error, become U+FFFD.
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string text_line(const VideoResult& result, const std::vector<std::string>& names) {
  if (!result.ok()) {
    std::string error = result.error;
    std::ranges::replace(error, '\n', ' ');
    return fmt::format("{}: failed: {}", printable(result.file), printable(error));
  }
  std::string line = printable(result.file) + ":";
  const char* separator = " ";
  for (const auto& [index, probability] : result.labels) {
    line += fmt::format("{}{} {:.1f} %", separator, printable(names.at(static_cast<std::size_t>(index))),
                        100 * probability);
    separator = ", ";
  }
  line += fmt::format(" ({} frames, {:.1f} s)", result.frames, result.seconds);
  for (const std::string& warning : result.warnings) line += fmt::format("; {}", printable(warning));
  return line;
}

}  // namespace c3d
