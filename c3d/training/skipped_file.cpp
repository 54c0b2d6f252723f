#include "c3d/training/skipped_file.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <tuple>

#include "c3d/common/json_line.h"
#include "engine/io/atomic_file.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kBefore = "before training";
constexpr const char* kWhile = "while training";

void add_short_videos(const Dataset& dataset, const ClipSpec& clip, Skipped& skipped) {
  if (clip.short_clips != ShortClips::skip) return;
  for (const Video& video : dataset.videos) {
    if (video.frames >= clip.span()) continue;
    skipped.videos.push_back({video.path, kBefore,
                              fmt::format("it has {} frames, and a clip spans {} (short_clips is skip)",
                                          video.frames, clip.span())});
  }
}

}  // namespace

Skipped skipped_of(const PreparedData& data, const std::vector<BrokenVideo>& failures) {
  Skipped skipped;
  for (const BrokenVideo& video : data.broken) {
    skipped.videos.push_back({video.path, kBefore, reason_of(video)});
  }
  for (const Dataset* side : {&data.train, &data.validation}) add_short_videos(*side, data.clip, skipped);
  for (const BrokenVideo& video : failures) skipped.videos.push_back({video.path, kWhile, reason_of(video)});
  skipped.passed_over = data.passed_over;
  return skipped;
}

void add_earlier_failures(const Skipped& earlier, Skipped& skipped) {
  std::set<std::filesystem::path> failing;
  for (const SkippedVideo& video : skipped.videos) {
    if (video.when == kWhile) failing.insert(video.path);
  }
  for (const SkippedVideo& video : earlier.videos) {
    if (video.when == kWhile && failing.insert(video.path).second) skipped.videos.push_back(video);
  }
}

void sort_skipped(Skipped& skipped) {
  std::ranges::stable_sort(skipped.videos, [](const SkippedVideo& a, const SkippedVideo& b) {
    return std::tie(a.path.native(), a.when) < std::tie(b.path.native(), b.when);
  });
}

void write_skipped(const std::filesystem::path& path, const Skipped& skipped) {
  std::string lines;
  for (const SkippedVideo& video : skipped.videos) {
    lines += json_line({{"file", json_name(video.path.native())}, {"when", video.when}, {"why", video.why}});
  }
  for (const std::string& note : skipped.passed_over) lines += json_line({{"note", note}});
  write_file(path, lines);
}

Skipped read_skipped(const std::filesystem::path& path) {
  Skipped skipped;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const Json json = try_parse_ordered_json(line);
    if (!json.is_object()) continue;
    try {
      if (json.contains("note")) {
        skipped.passed_over.push_back(json.at("note").get<std::string>());
      } else {
        skipped.videos.push_back({name_of_json(json.at("file").get<std::string>()),
                                  json.at("when").get<std::string>(), json.at("why").get<std::string>()});
      }
    } catch (const Json::exception&) {
      continue;  // a line of something else
    }
  }
  return skipped;
}

}  // namespace c3d
