// The report of a check for programs.

#include "c3d/check.h"
#include "c3d/check/kinds.h"
#include "c3d/common/machine.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

using nlohmann::ordered_json;

std::string spelled(const std::filesystem::path& file) { return json_name(file.native()); }

ordered_json spread_json(const CheckSpread& spread) {
  return {{"least", spread.least}, {"median", spread.median}, {"most", spread.most}};
}

ordered_json finding_json(const CheckFinding& one) {
  ordered_json others = ordered_json::array();
  for (const std::filesystem::path& other : one.others) others.push_back(spelled(other));
  return {{"weight", weight_name(one.weight)},
          {"kind", one.kind},
          {"file", spelled(one.file)},
          {"others", others},
          {"text", one.text},
          {"action", one.action},
          {"command", one.command},
          {"score", one.score}};
}

ordered_json class_json(const CheckedClass& one) {
  return {{"name", one.name},
          {"training", one.training},
          {"validation", one.validation},
          {"groups", one.groups},
          {"frames", spread_json(one.frames)},
          {"seconds", spread_json(one.seconds)},
          {"rate", spread_json(one.rate)},
          {"width", spread_json(one.width)},
          {"height", spread_json(one.height)},
          {"brightness", spread_json(one.brightness)},
          {"contrast", spread_json(one.contrast)},
          {"motion", spread_json(one.motion)}};
}

ordered_json video_json(const CheckedVideo& one) {
  return {{"file", spelled(one.file)},  {"labels", one.labels},
          {"validates", one.validates}, {"frames", one.frames},
          {"width", one.width},         {"height", one.height},
          {"rate", one.rate},           {"seconds", one.seconds},
          {"codec", one.codec},         {"brightness", one.brightness},
          {"contrast", one.contrast},   {"motion", one.motion}};
}

std::string dumped(const ordered_json& json) { return dump_json(json); }

// One value a line, so that tools of lines are of use.
template <typename Items, typename Json>
std::string lines_of(const Items& items, const Json& json) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "\n" : ",\n") + dumped(json(item));
  return "[" + text + "]";
}

}  // namespace

std::string check_json(const CheckReport& report) {
  std::string text = "{\"data\": " + dumped(spelled(report.data));
  text += ",\n\"would_stop\": " + dumped(!report.stops.empty());
  text += ",\n\"stops\": " + dumped(report.stops);
  text += ",\n\"unreadable\": " + dumped(report.unreadable);
  if (!report.weights.empty()) {
    text += ",\n\"weights\": " + dumped(spelled(report.weights));
    text += ",\n\"labelled\": " + dumped(report.labelled);
  }
  text += ",\n\"findings\": " + lines_of(report.findings, finding_json);
  text += ",\n\"overall\": " + dumped(class_json(report.overall));
  text += ",\n\"classes\": " + lines_of(report.classes, class_json);
  text += ",\n\"videos\": " + lines_of(report.videos, video_json);
  text += ",\n\"notes\": " + dumped(report.notes);
  text += ",\n\"program\": " + dumped(commit());
  return text + "}\n";
}

}  // namespace c3d
