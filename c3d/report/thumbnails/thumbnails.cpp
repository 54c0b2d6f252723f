#include "c3d/report/thumbnails/thumbnails.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>
#include <utility>

#include "c3d/report/html/text.h"
#include "c3d/report/thumbnails/frame_strip.h"
#include "c3d/report/thumbnails/video_state.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

std::string strip_of(FrameSource& frames) {
  return frame_strip(frames, frames.frame_count(), strip_frame_size(frames.width(), frames.height()),
                     kStripFrameGap)
      .jpeg;
}

}  // namespace

Thumbnails::Thumbnails(fs::path file) : file_(std::move(file)) { read(); }

void Thumbnails::read() {
  std::ifstream file(file_);
  for (std::string line; std::getline(file, line);) {
    const Json json = try_parse_ordered_json(line);
    const auto is_number = [&](const char* key) {
      return json.contains(key) && json[key].is_number_integer();
    };
    if (!json.is_object() || !is_number("bytes") || !is_number("changed")) continue;
    try {
      strips_[name_of_json(json.at("file").get<std::string>())] = {json.at("bytes").get<std::uint64_t>(),
                                                                   json.at("changed").get<std::int64_t>(),
                                                                   json.at("jpeg").get<std::string>()};
    } catch (const Json::exception&) {
      continue;  // a line of something else
    }
  }
  std::erase_if(strips_, [](const auto& strip) { return !is_base64(strip.second.jpeg); });
}

bool Thumbnails::provide(const std::vector<StripRequest>& wanted, double seconds,
                         const std::function<bool()>& stopped) {
  const Clock::time_point end =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::set<fs::path> names;
  for (const StripRequest& request : wanted) names.insert(request.path);
  bool changed = std::erase_if(strips_, [&](const auto& strip) { return !names.contains(strip.first); }) > 0;
  for (const StripRequest& request : wanted) {
    const VideoState state = state_of(request.path);
    const auto there = strips_.find(request.path);
    if (there != strips_.end()) {
      // A video that is gone keeps its pictures: they are what is left to look at.
      const VideoState was{there->second.bytes, there->second.changed};
      if (state == was || state == VideoState{}) continue;
      strips_.erase(there);
      changed = true;
    }
    if (failures_.contains(request.path) || Clock::now() >= end || stopped()) continue;
    try {
      strips_[request.path] = {state.bytes, state.changed, base64(strip_of(*request.open()))};
      changed = true;
    } catch (const Error& error) {
      failures_[request.path] = error.message();
    }
  }
  return changed;
}

std::string Thumbnails::find(const fs::path& video) const {
  const auto found = strips_.find(video);
  return found == strips_.end() ? "" : found->second.jpeg;
}

std::string Thumbnails::why_not(const fs::path& video) const {
  const auto found = failures_.find(video);
  return found == failures_.end() ? "" : found->second;
}

void Thumbnails::save() const {
  std::string lines;
  for (const auto& [video, strip] : strips_) {
    const Json json = {{"file", json_name(video.native())},
                       {"bytes", strip.bytes},
                       {"changed", strip.changed},
                       {"jpeg", strip.jpeg}};
    lines += dump_json(json) + "\n";
  }
  write_file(file_, lines);
}

}  // namespace c3d
