#include "tools/c3d_synth/score.h"

#include <fmt/format.h>

#include <fstream>
#include <functional>

#include "engine/core/error.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

using Expected = std::function<Motion(Motion)>;

std::map<Motion, Share> read_labels(const std::filesystem::path& path, const Expected& expected) {
  std::ifstream file(path);
  expect(file.good(), "{}: cannot be read", path.string());
  std::map<Motion, Share> shares;
  std::int64_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const auto json = try_parse_json(line);
    const auto text = [&](const nlohmann::json& object, const char* key) {
      const auto value = object.is_object() ? object.find(key) : object.end();
      expect(object.is_object() && value != object.end() && value->is_string(),
             "{}, line {}: no line of c3d_infer --json", path, number);
      return value->get<std::string>();
    };
    const std::filesystem::path video = text(json, "file");
    const bool labelled = text(json, "status") == "ok";
    const auto labels = json.find("labels");
    expect(labelled && labels != json.end() && labels->is_array() && !labels->empty(), "{}: was not labelled",
           video);
    const Motion shown = parse_motion(video.parent_path().filename().string());
    const Motion seen = parse_motion(text(labels->front(), "label"));
    Share& share = shares[shown];
    share.right += seen == expected(shown);
    ++share.all;
  }
  expect(!shares.empty(), "{}: holds no video", path);
  return shares;
}

std::string cell(const std::map<Motion, Share>& part, Motion motion) {
  const auto at = part.find(motion);
  return at == part.end() ? "-" : fmt::format("{}/{}", at->second.right, at->second.all);
}

}  // namespace

Share DemoScore::total(const std::map<Motion, Share>& part) const {
  Share sum;
  for (const auto& [motion, share] : part) {
    sum.right += share.right;
    sum.all += share.all;
  }
  return sum;
}

DemoScore read_demo_score(const std::filesystem::path& forward, const std::filesystem::path& still,
                          const std::filesystem::path& backward) {
  const Expected same = [](Motion motion) { return motion; };
  return {read_labels(forward, same), read_labels(still, same), read_labels(backward, opposite)};
}

std::string score_table(const DemoScore& score) {
  constexpr auto kRow = "{:<15} {:>12} {:>14} {:>22}\n";
  std::string table = fmt::format(kRow, "", "test videos", "still frames", "played backwards");
  table += fmt::format(kRow, "class", "right", "right", "opposite class");
  for (const Motion motion : kMotions) {
    table += fmt::format(kRow, to_string(motion), cell(score.forward, motion), cell(score.still, motion),
                         cell(score.backward, motion));
  }
  const auto percent = [&](const auto& part) {
    return fmt::format("{:.1f} %", 100 * score.total(part).value());
  };
  table += fmt::format(kRow, "all", percent(score.forward), percent(score.still), percent(score.backward));
  table += fmt::format(kRow, "promised", fmt::format(">= {:.0f} %", 100 * kLeastTop1),
                       fmt::format("< {:.0f} %", 100 * kMostStill),
                       fmt::format(">= {:.0f} %", 100 * kLeastBackward));
  return table;
}

std::vector<std::string> broken_promises(const DemoScore& score) {
  std::vector<std::string> broken;
  const double top1 = score.total(score.forward).value(), still = score.total(score.still).value();
  const double backward = score.total(score.backward).value();
  if (top1 < kLeastTop1)
    broken.push_back(fmt::format("only {:.1f} % of the test videos are right", 100 * top1));
  if (still >= kMostStill)
    broken.push_back(fmt::format("{:.1f} % are right from a still frame", 100 * still));
  if (backward < kLeastBackward) {
    broken.push_back(
        fmt::format("only {:.1f} % are seen as the opposite when played backwards", 100 * backward));
  }
  return broken;
}

std::string score_json(const DemoScore& score, double seconds) {
  nlohmann::ordered_json json;
  json["test_videos"] = score.total(score.forward).all;
  json["top1"] = score.total(score.forward).value();
  json["still_top1"] = score.total(score.still).value();
  json["reversed_opposite"] = score.total(score.backward).value();
  json["seconds"] = seconds;
  for (const auto& [motion, share] : score.forward) json["top1_per_class"][to_string(motion)] = share.value();
  return dump_json(json, 2) + "\n";
}

}  // namespace c3d
