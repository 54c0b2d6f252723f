#include "c3d/inference/work.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <system_error>

#include "c3d/inference/recipe.h"
#include "c3d/inference/shards/shard_file.h"
#include "engine/core/printable.h"
#include "engine/io/file_names.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

}  // namespace

Work::Work(const LabelRequest& request, const Inputs& inputs, const Outputs& outputs, const Recipe& recipe,
           const FeatureRule& feature_rule, const std::string& recipe_file, std::ostream& notes)
    : request_(request),
      inputs_(inputs),
      outputs_(outputs),
      feature_rule_(feature_rule),
      recipe_file_(recipe_file),
      recipe_(recipe),
      line_recipe_(with_labels_shown(recipe, request)) {
  // As they are before they are read: one that changes meanwhile is done again by the next run.
  if (!recipe.empty()) {
    for (const Input& input : inputs.videos) sources_.push_back(source_of(input));
  }
  open_records(recipe);
  open_lines();
  for (std::size_t i = 0; i < inputs.videos.size(); ++i) {
    if (request.resume && (json_ ? json_->holds(i) : files_stand(i))) continue;
    if (h5_ && !outputs_.ids[i].empty()) h5_->expect_replaceable(outputs_.ids[i]);
    numbers_.push_back(i);
    left_.push_back(inputs.videos[i]);
  }
  forget_records();
  say_reasons(notes);
}

void Work::open_records(const Recipe& recipe) {
  for (const OutputKind* output : outputs_.asked_for()) {
    Recipe own = recipe;
    if (output == &outputs_.features) own = with_features(recipe, request_);
    if (output == &outputs_.overlay) own = line_recipe_;
    if (output == &outputs_.explanation) own = with_explanation(recipe, request_);
    OutputRecords* records = nullptr;
    if (output == &outputs_.features && request_.writes_h5()) {
      h5_ = std::make_unique<H5Collection>(output->target, request_.h5_layout);
    } else if (output->is_folder || is_replaceable(output->target)) {
      const fs::path file = records_file(output->target, output->is_folder, outputs_.shard);
      const auto [known, is_new] =
          records_.try_emplace(file, output->target, output->is_folder, outputs_.shard);
      records = &known->second;
      if (!is_new) records->call_folder(output->target);
    }
    kinds_.push_back({output, std::move(own), records});
  }
}

void Work::open_lines() {
  if (outputs_.json.empty()) return;
  if (!request_.resume) {
    json_ = std::make_unique<ResultFile>(outputs_.json);
    return;
  }
  const auto stale = [this](std::size_t video, const std::optional<Origin>& origin) {
    const std::string why = origin ? difference(*origin, {line_recipe_, sources_[video]})
                                   : "its line does not say how it was made, as of an earlier version's";
    if (why.empty()) return !files_stand(video);
    note(why, video);
    return true;
  };
  // A shard's file is of its own videos alone, as its last line says.
  const OtherLines others = outputs_.plan ? OtherLines::drop : OtherLines::keep;
  json_ = std::make_unique<ResultFile>(outputs_.json, inputs_.videos, stale, others);
}

std::optional<std::string> Work::complaint(std::size_t video) const {
  for (const Kind& kind : kinds_) {
    if (is_h5(kind)) {
      const Origin now{kind.recipe, sources_[video]};
      if (auto why = h5_->complaint(outputs_.ids[video], feature_rule_.size(), now)) return why;
      continue;
    }
    const fs::path& path = kind.output->paths[video];
    std::error_code unknown;
    if (kind.records == nullptr || !fs::exists(path, unknown)) return "";
    const bool features = kind.output == &outputs_.features;
    if (features && !features_complete(path, feature_rule_)) return "";
    std::string why = kind.records->complaint(path, {kind.recipe, sources_[video]});
    if (!why.empty()) return why;
  }
  return std::nullopt;
}

bool Work::files_stand(std::size_t video) {
  const std::optional<std::string> why = complaint(video);
  if (why) note(*why, video);
  return !why;
}

void Work::note(const std::string& why, std::size_t video) {
  if (why.empty()) return;
  Reason& reason = reasons_[why];
  if (reason.videos++ == 0) reason.first = inputs_.videos[video].name;
}

void Work::forget_records() {
  std::map<OutputRecords*, std::vector<fs::path>> anew;
  for (const Kind& kind : kinds_) {
    if (kind.records == nullptr) continue;
    std::vector<fs::path>& paths = anew[kind.records];
    for (const std::size_t number : numbers_) paths.push_back(kind.output->paths[number]);
  }
  for (const auto& [records, paths] : anew) records->forget(paths);
}

void Work::say_reasons(std::ostream& notes) const {
  for (const auto& [why, reason] : reasons_) {
    const std::string others = reason.videos > 1 ? fmt::format(" and {} more", reason.videos - 1) : "";
    notes << fmt::format("note: {}{}: done anew: {}\n", printable(reason.first), others, why);
  }
}

std::vector<fs::path> Work::paths_of(const OutputKind& output) const {
  std::vector<fs::path> paths;
  if (!output) return paths;
  for (const std::size_t number : numbers_) paths.push_back(output.paths[number]);
  return paths;
}

void Work::add_paths(LabelOptions& options) const {
  options.overlays = paths_of(outputs_.overlay);
  options.timelines = paths_of(outputs_.timeline);
  options.features = paths_of(outputs_.features);
  if (!h5_) return;
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    const std::size_t number = numbers_[i];
    options.features[i] = h5_->part_of(outputs_.ids[number]);
    const auto features = std::ranges::find(kinds_, &outputs_.features, &Kind::output);
    options.h5_places.push_back(h5_->place_of(outputs_.ids[number], origin_of(*features, number)));
  }
}

Origin Work::origin_of(const Kind& kind, std::size_t video) const {
  return {kind.recipe, sources_[video], kind.output == &outputs_.features ? recipe_file_ : ""};
}

std::string Work::add(std::size_t position, const VideoResult& result,
                      const std::vector<std::string>& labels) {
  const std::size_t video = numbers_.at(position);
  if (sources_.empty()) return json_line(result, labels);
  if (!result.ok()) failures_[video] = result.error;
  if (result.ok()) {
    for (const Kind& kind : kinds_) {
      if (is_h5(kind)) h5_->add(outputs_.ids[video]);
      if (kind.records != nullptr) {
        kind.records->add(kind.output->paths[video], origin_of(kind, video));
      }
    }
  }
  const Origin origin{line_recipe_, sources_[video]};
  std::string line = json_line(result, labels, &origin);
  if (json_) json_->add(video, line);
  return line;
}

std::string Work::words_of_tables() const {
  if (!outputs_.plan) return "";
  ordered_json json = shard_json(
      *outputs_.plan, {.labels = {}, .features = with_features(recipe_, request_), .explanation = {}});
  json["tables"] = ordered_json::array();
  for (std::size_t video = 0; video < inputs_.videos.size(); ++video) {
    ordered_json table;
    table["file"] = json_name(inputs_.videos[video].name);
    table["id"] = json_name(outputs_.ids[video]);
    if (const auto failure = failures_.find(video); failure != failures_.end())
      table["error"] = failure->second;
    json["tables"].push_back(std::move(table));
  }
  return dump_json(json);
}

void Work::finish() {
  if (h5_) h5_->finish(words_of_tables());
  if (!json_) return;
  if (!outputs_.plan || json_->is_stream()) return json_->finish();
  ShardRecipes recipes{.labels = line_recipe_, .features = {}, .explanation = {}};
  if (!request_.features_out.empty()) recipes.features = with_features(recipe_, request_);
  if (!request_.explain.empty()) recipes.explanation = with_explanation(recipe_, request_);
  json_->finish([&](std::uint32_t sum) { return shard_line(*outputs_.plan, recipes, sum); });
}

}  // namespace c3d
