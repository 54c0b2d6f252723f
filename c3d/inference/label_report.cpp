#include "c3d/inference/label_report.h"

#include <algorithm>
#include <fstream>
#include <map>

#include "c3d/common/shell_word.h"
#include "c3d/inference/loaded_network.h"
#include "c3d/report/pages/page_videos.h"
#include "data/video_reader.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/file_names.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

using Json = nlohmann::ordered_json;

// As json_line() wrote it. Error, of the library: it did not.
LabelledVideo video_of(const Json& line, std::size_t classes) {
  LabelledVideo video;
  video.name = name_of_json(line.at("file").get<std::string>());
  video.error = line.at("error").get<std::string>();
  if (line.at("frames").is_number_integer()) video.frames = line["frames"].get<std::int64_t>();
  video.seconds = line.at("seconds").get<double>();
  for (const Json& label : line.at("labels")) {
    if (!label.at("index").is_number_unsigned()) continue;
    const auto index = label["index"].get<std::size_t>();
    if (index >= classes) continue;
    video.labels.emplace_back(static_cast<int>(index), label.at("probability").get<double>());
    video.shown += label.value("shown", false) ? 1 : 0;
  }
  return video;
}

Thumbnails thumbnails_of(const LabelFacts& facts, const Numbering& numbering,
                         const std::function<bool()>& stopped) {
  std::vector<StripRequest> wanted;
  const auto want = [&](std::size_t place) {
    const LabelledVideo& video = facts.videos[place];
    if (video.path.empty() || wanted.size() == kMostStrips) return;
    wanted.push_back(
        {video.path, [&numbering, &video] {
           expect(can_be_read_again(video.path), "it is a pipe, which gives its bytes once");
           return open_frames(video.path, video.frames, FrameSize{0, kStripHeight}, {}, numbering);
         }});
  };
  const std::vector<std::size_t> order = least_certain_first(facts);
  // From both ends: the least and the most certain ones are shown first.
  for (std::size_t i = 0; i < order.size(); ++i)
    want(i % 2 == 0 ? order[i / 2] : order[order.size() - 1 - i / 2]);
  Thumbnails thumbnails;
  thumbnails.provide(wanted, kReportPictureSeconds, stopped);
  return thumbnails;
}

}  // namespace

std::vector<ReportCommand> label_commands(const std::filesystem::path& weights) {
  const std::string command =
      fmt::format("c3d_infer --weights {} VIDEO",
                  shell_word(std::filesystem::absolute(weights).lexically_normal().string()));
  return {{"Label another video with the same weights:", command},
          {"Look at one in time:", command + " --window 16 --timeline timeline.png"}};
}

void write_labels_page(const std::filesystem::path& html, const LabelFacts& facts, const Numbering& numbering,
                       const std::function<bool()>& stopped) {
  write_file(html, labels_page(facts, thumbnails_of(facts, numbering, stopped)));
}

LabelReport::LabelReport(const LabelRequest& request, const Inputs& inputs, const ModelInfo& info,
                         std::vector<std::pair<std::string, std::string>> made_with)
    : request_(request),
      inputs_(inputs),
      numbering_(numbering_of(clip_spec(request, info), read_options(request.clips))) {
  facts_.has_label_sets = info.has_label_sets;
  facts_.labels = info.labels;
  facts_.made_with = std::move(made_with);
  facts_.passed_over = inputs.notes;
  facts_.commands = label_commands(request.weights);
}

void LabelReport::add(const VideoResult& result) {
  facts_.videos.push_back({.path = {},
                           .name = result.file,
                           .error = result.error,
                           .frames = result.frames,
                           .seconds = result.seconds,
                           .labels = result.labels,
                           .shown = result.shown});
}

void LabelReport::add_earlier() {
  std::map<std::string, std::int64_t> missing;  // by name, which may stand there twice
  for (const Input& input : inputs_.videos) ++missing[input.name];
  for (const LabelledVideo& video : facts_.videos) --missing[video.name];
  std::ifstream file;
  if (!request_.json.empty() && !request_.prints_json() && is_replaceable(request_.json)) {
    file.open(request_.json);
  }
  for (std::string line; std::getline(file, line);) {
    const Json json = try_parse_ordered_json(line);
    if (!json.is_object()) continue;
    try {
      LabelledVideo video = video_of(json, facts_.labels.size());
      const auto found = missing.find(video.name);
      if (found == missing.end() || found->second <= 0) continue;
      --found->second;
      facts_.videos.push_back(std::move(video));
    } catch (const Json::exception&) {
      continue;  // a line of something else
    }
  }
  for (const auto& [name, count] : missing) facts_.done_before += std::max<std::int64_t>(0, count);
}

void LabelReport::add_heat(const ProvideHeat& heat) {
  std::vector<HeatVideo> wanted = choose_heat(facts_);
  // A pipe has given what it holds.
  std::erase_if(wanted, [](const HeatVideo& video) { return !can_be_read_again(video.path); });
  HeatStrips strips;
  heat(strips, wanted);
  for (LabelledVideo& video : facts_.videos) {
    video.heat = strips.find(video.path);
    const auto failure = strips.failures().find(video.path);
    if (failure != strips.failures().end()) video.no_heat = failure->second;
  }
}

void LabelReport::write(const ProvideHeat& heat, const std::function<bool()>& stopped) {
  add_earlier();
  std::map<std::string, std::filesystem::path> paths;
  for (const Input& input : inputs_.videos) {
    if (!input.is_standard_input()) paths.emplace(input.name, input.path);
  }
  for (LabelledVideo& video : facts_.videos) {
    const auto found = paths.find(video.name);
    if (found != paths.end()) video.path = found->second;
  }
  if (heat) add_heat(heat);
  write_labels_page(request_.report, facts_, numbering_, stopped);
}

}  // namespace c3d
