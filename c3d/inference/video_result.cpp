#include "c3d/inference/video_result.h"

#include <fmt/format.h>

#include <algorithm>

#include "c3d/common/machine.h"
#include "engine/core/printable.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

using nlohmann::ordered_json;

ordered_json label_json(const std::pair<int, double>& label, const std::vector<std::string>& names) {
  return {{"label", names.at(static_cast<std::size_t>(label.first))},
          {"index", label.first},
          {"probability", label.second}};
}

ordered_json labels_json(const VideoResult& result, const std::vector<std::string>& names) {
  ordered_json list = ordered_json::array();
  for (std::size_t i = 0; i < result.labels.size(); ++i) {
    list.push_back(label_json(result.labels[i], names));
    if (!result.has_label_sets()) continue;
    list.back()["threshold"] = result.thresholds[i];
    list.back()["shown"] = i < result.shown;
  }
  return list;
}

// "walking 91.0 %, waving 64.2 %" of the labels from `first` to before `end`.
std::string label_texts(const VideoResult& result, const std::vector<std::string>& names, std::size_t first,
                        std::size_t end) {
  std::string text;
  for (std::size_t i = first; i < end; ++i) {
    const auto& [index, probability] = result.labels[i];
    text += fmt::format("{}{} {:.1f} %", i == first ? "" : ", ",
                        printable(names.at(static_cast<std::size_t>(index))), 100 * probability);
  }
  return text;
}

std::string all_labels_text(const VideoResult& result, const std::vector<std::string>& names) {
  const std::size_t all = result.labels.size();
  if (!result.has_label_sets()) return label_texts(result, names, 0, all);
  std::string text =
      result.shown == 0 ? "none above its threshold" : label_texts(result, names, 0, result.shown);
  if (result.shown < all) {
    text += "; below their thresholds: " + label_texts(result, names, result.shown, all);
  }
  return text;
}

}  // namespace

std::string json_line(const VideoResult& result, const std::vector<std::string>& names,
                      const Origin* origin) {
  ordered_json line;
  line["file"] = json_name(result.file);
  line["status"] = result.ok() ? "ok" : "failed";
  line["error"] = result.error;
  line["frames"] = result.frames;
  line["fps"] = result.fps;
  line["seconds"] = result.seconds;
  line["labels"] = labels_json(result, names);
  line["clips"] = ordered_json::array();
  for (const ClipResult& clip : result.clips) {
    line["clips"].push_back(ordered_json{{"first_frame", clip.first_frame},
                                         {"start_seconds", clip.start_seconds},
                                         {"end_seconds", clip.end_seconds},
                                         {"label", names.at(static_cast<std::size_t>(clip.label))},
                                         {"probability", clip.probability}});
    if (!result.has_label_sets()) continue;
    ordered_json& shown = line["clips"].back()["shown"] = ordered_json::array();
    for (const auto& label : clip.shown) shown.push_back(label_json(label, names));
  }
  line["warnings"] = result.warnings;
  if (origin != nullptr) {
    line["made_by"] = recipe_json(origin->recipe);
    line["source"] = source_json(origin->source);
    line["program"] = commit();
  }
  // Other bytes that are not UTF-8, in a label or an error, become U+FFFD.
  return dump_json(line);
}

std::string text_line(const VideoResult& result, const std::vector<std::string>& names) {
  if (!result.ok()) {
    std::string error = result.error;
    std::ranges::replace(error, '\n', ' ');
    return fmt::format("{}: failed: {}", printable(result.file), printable(error));
  }
  const std::string labels = all_labels_text(result, names);
  std::string line = fmt::format("{}:{}{} ({} frames, {:.1f} s)", printable(result.file),
                                 labels.empty() ? "" : " ", labels, result.frames, result.seconds);
  for (const std::string& warning : result.warnings) line += fmt::format("; {}", printable(warning));
  return line;
}

}  // namespace c3d
