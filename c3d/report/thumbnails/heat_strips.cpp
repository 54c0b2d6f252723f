#include "c3d/report/thumbnails/heat_strips.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <fstream>
#include <set>
#include <utility>

#include "c3d/report/html/text.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "engine/io/atomic_file.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

LabelStrip strip_of(const Json& json) {
  LabelStrip strip{.label = json.at("label").get<std::size_t>(),
                   .first_frame = json.at("first").get<std::int64_t>(),
                   .last_frame = json.at("last").get<std::int64_t>(),
                   .is_blank = json.at("blank").get<bool>(),
                   .jpeg = json.at("jpeg").get<std::string>()};
  expect(is_base64(strip.jpeg), "no picture");
  return strip;
}

Json json_of(const LabelStrip& strip) {
  return {{"label", strip.label},
          {"first", strip.first_frame},
          {"last", strip.last_frame},
          {"blank", strip.is_blank},
          {"jpeg", strip.jpeg}};
}

}  // namespace

HeatStrips::HeatStrips(fs::path file) : file_(std::move(file)) { read(); }

void HeatStrips::read() {
  std::ifstream file(file_);
  for (std::string line; std::getline(file, line);) {
    const Json json = try_parse_ordered_json(line);
    if (!json.is_object()) continue;
    try {
      Video video{.state = {json.at("bytes").get<std::uint64_t>(), json.at("changed").get<std::int64_t>()},
                  .weights = json.at("weights").get<std::string>(),
                  .strips = {}};
      for (const Json& strip : json.at("strips")) video.strips.push_back(strip_of(strip));
      videos_[name_of_json(json.at("file").get<std::string>())] = std::move(video);
    } catch (const std::exception&) {
      continue;  // a line of something else
    }
  }
}

bool HeatStrips::has(const HeatRequest& request, const std::string& weights) const {
  const auto found = videos_.find(request.path);
  if (found == videos_.end() || found->second.weights != weights) return false;
  // A video that is gone keeps its pictures: they are what is left to look at.
  const VideoState state = state_of(request.path);
  if (state == VideoState{}) return true;
  return state == found->second.state && std::ranges::equal(found->second.strips, request.labels,
                                                            std::ranges::equal_to(), &LabelStrip::label);
}

bool HeatStrips::lacks(const std::vector<HeatRequest>& wanted, const std::string& weights) const {
  return std::ranges::any_of(wanted, [&](const HeatRequest& request) { return !has(request, weights); });
}

bool HeatStrips::provide(const std::vector<HeatRequest>& wanted, const std::string& weights, double seconds,
                         const std::function<bool()>& stopped) {
  const Clock::time_point end =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::set<fs::path> kept;
  for (const HeatRequest& request : wanted) {
    if (has(request, weights)) kept.insert(request.path);
  }
  bool changed = std::erase_if(videos_, [&](const auto& video) { return !kept.contains(video.first); }) > 0;
  failures_.clear();
  bool tried = false;
  for (const HeatRequest& request : wanted) {
    if (kept.contains(request.path)) continue;
    if (stopped() || (tried && Clock::now() >= end)) break;
    tried = true;
    try {
      const VideoState state = state_of(request.path);
      videos_[request.path] = {.state = state, .weights = weights, .strips = request.make()};
      changed = true;
    } catch (const std::exception& error) {  // memory that is short, too
      const auto* ours = dynamic_cast<const Error*>(&error);
      failures_[request.path] = ours != nullptr ? ours->message() : printable(error.what());
    }
  }
  return changed;
}

std::vector<LabelStrip> HeatStrips::find(const fs::path& video) const {
  const auto found = videos_.find(video);
  return found == videos_.end() ? std::vector<LabelStrip>() : found->second.strips;
}

std::string HeatStrips::trouble() const {
  if (failures_.empty()) return "";
  return fmt::format("{} of the page without heat, such as {}: {}",
                     failures_.size() == 1 ? "a video" : fmt::format("{} videos", failures_.size()),
                     printable(failures_.begin()->first.native()), failures_.begin()->second);
}

void HeatStrips::save() const {
  std::string lines;
  for (const auto& [path, video] : videos_) {
    Json strips = Json::array();
    for (const LabelStrip& strip : video.strips) strips.push_back(json_of(strip));
    const Json json = {{"file", json_name(path.native())},
                       {"bytes", video.state.bytes},
                       {"changed", video.state.changed},
                       {"weights", video.weights},
                       {"strips", std::move(strips)}};
    lines += dump_json(json) + "\n";
  }
  write_file(file_, lines);
}

}  // namespace c3d
