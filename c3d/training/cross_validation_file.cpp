#include "c3d/training/cross_validation_file.h"

#include <array>
#include <cmath>
#include <fstream>
#include <iterator>

#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/file.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

using Json = nlohmann::ordered_json;

struct Measure {
  const char* name;
  double TrainingEvaluation::*of_fold;
  FoldStatistic CrossValidationResult::*of_all;
};
constexpr std::array<Measure, 7> kMeasures = {
    {{"clip_loss", &TrainingEvaluation::clip_loss, &CrossValidationResult::clip_loss},
     {"clip_accuracy", &TrainingEvaluation::clip_accuracy, &CrossValidationResult::clip_accuracy},
     {"video_loss", &TrainingEvaluation::video_loss, &CrossValidationResult::video_loss},
     {"top1", &TrainingEvaluation::top1, &CrossValidationResult::top1},
     {"top5", &TrainingEvaluation::top5, &CrossValidationResult::top5},
     {"mean_average_precision", &TrainingEvaluation::mean_average_precision,
      &CrossValidationResult::mean_average_precision},
     {"clip_mean_average_precision", &TrainingEvaluation::clip_mean_average_precision,
      &CrossValidationResult::clip_mean_average_precision}}};

FoldStatistic statistic(const std::vector<FoldResult>& folds, double TrainingEvaluation::*measure) {
  FoldStatistic result;
  if (folds.empty()) return result;
  const auto count = static_cast<double>(folds.size());
  for (const FoldResult& fold : folds) result.mean += fold.last.*measure / count;
  if (folds.size() == 1) return result;
  double squares = 0;
  for (const FoldResult& fold : folds) squares += std::pow(fold.last.*measure - result.mean, 2);
  result.deviation = std::sqrt(squares / (count - 1));
  return result;
}

// There is no average precision where videos have one class each.
Json number_or_null(double value) { return value < 0 ? Json() : Json(value); }

double number_of(const Json& json) { return json.is_null() ? -1 : json.get<double>(); }

Json json_of(const FoldResult& fold) {
  Json json = {{"fold", fold.fold},           {"step", fold.last.step},     {"best_step", fold.best_step},
               {"best_top1", fold.best_top1}, {"videos", fold.last.videos}, {"clips", fold.last.clips}};
  for (const Measure& measure : kMeasures) json[measure.name] = number_or_null(fold.last.*measure.of_fold);
  json["confusion"] = fold.last.confusion;
  return json;
}

FoldResult fold_of_json(const Json& json) {
  FoldResult fold;
  json.at("fold").get_to(fold.fold);
  json.at("step").get_to(fold.last.step);
  json.at("best_step").get_to(fold.best_step);
  json.at("best_top1").get_to(fold.best_top1);
  json.at("videos").get_to(fold.last.videos);
  json.at("clips").get_to(fold.last.clips);
  for (const Measure& measure : kMeasures) fold.last.*measure.of_fold = number_of(json.at(measure.name));
  json.at("confusion").get_to(fold.last.confusion);
  return fold;
}

void expect_sound(const CrossValidationRecord& record) {
  expect(record.folds >= 2, "it is of {} folds", record.folds);
  std::int64_t before = 0;
  for (const FoldResult& fold : record.results) {
    expect(fold.fold > before && fold.fold <= record.folds, "fold {} stands after fold {}", fold.fold,
           before);
    before = fold.fold;
    expect(fold.last.confusion.empty() || fold.last.confusion.size() == record.labels.size(),
           "fold {} is of other classes", fold.fold);
    for (const auto& row : fold.last.confusion)
      expect(row.size() == record.labels.size(), "fold {} is of other classes", fold.fold);
  }
}

CrossValidationRecord record_of_json(const Json& json) {
  CrossValidationRecord record;
  json.at("folds").get_to(record.folds);
  record.settings = dump_json(json.at("settings"));
  json.at("videos").get_to(record.videos);
  json.at("labels").get_to(record.labels);
  for (const Json& result : json.at("results")) record.results.push_back(fold_of_json(result));
  expect_sound(record);
  return record;
}

[[noreturn]] void fail_as_damaged(const std::filesystem::path& file, const std::string& why) {
  fail(
      "{}: it is damaged: {}. Remove it, and go on by --folds and --resume with the settings that the "
      "cross-validation had; the runs of its folds are as they were",
      file, why);
}

}  // namespace

std::filesystem::path cross_validation_file(const std::filesystem::path& folder) {
  return folder / "folds.json";
}

std::filesystem::path fold_folder(const std::filesystem::path& folder, std::int64_t fold) {
  return folder / fmt::format("fold-{}", fold);
}

bool holds_cross_validation(const std::filesystem::path& folder) {
  return file_identity(cross_validation_file(folder)).has_value();
}

CrossValidationRecord read_cross_validation(const std::filesystem::path& folder) {
  const std::filesystem::path file = cross_validation_file(folder);
  try {
    std::ifstream text(file, std::ios::binary);
    return record_of_json(parse_ordered_json(std::string(std::istreambuf_iterator<char>(text), {})));
  } catch (const nlohmann::json::exception& error) {
    fail_as_damaged(file, error.what());
  } catch (const Error& error) {
    fail_as_damaged(file, error.message());
  }
}

void write_cross_validation(const std::filesystem::path& folder, const CrossValidationRecord& record) {
  const CrossValidationResult all = result_of(folder, record);
  Json json = {{"folds", record.folds},
               {"settings", parse_ordered_json(record.settings)},
               {"videos", record.videos},
               {"labels", record.labels},
               {"results", Json::array()}};
  for (const FoldResult& fold : record.results) json["results"].push_back(json_of(fold));
  for (const Measure& measure : kMeasures) {
    const FoldStatistic& found = all.*measure.of_all;
    json["mean"][measure.name] = number_or_null(found.mean);
    json["deviation"][measure.name] = found.mean < 0 ? Json() : Json(found.deviation);
  }
  json["confusion"] = all.confusion;
  write_file(cross_validation_file(folder), dump_json(json, 2) + "\n");
}

CrossValidationResult result_of(const std::filesystem::path& folder, const CrossValidationRecord& record) {
  CrossValidationResult result;
  result.finished = static_cast<std::int64_t>(record.results.size()) == record.folds;
  result.folds = record.results;
  result.labels = record.labels;
  result.summary = cross_validation_file(folder);
  for (const Measure& measure : kMeasures) {
    result.*measure.of_all = statistic(record.results, measure.of_fold);
  }
  for (FoldResult& fold : result.folds) {
    fold.run = fold_folder(folder, fold.fold);
    if (fold.last.confusion.empty()) continue;
    result.confusion.resize(record.labels.size(), std::vector<std::int64_t>(record.labels.size(), 0));
    for (std::size_t truth = 0; truth < result.confusion.size(); ++truth) {
      for (std::size_t predicted = 0; predicted < result.confusion.size(); ++predicted) {
        result.confusion[truth][predicted] += fold.last.confusion[truth][predicted];
      }
    }
  }
  return result;
}

}  // namespace c3d
