#include "c3d/evaluation/evaluation_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "c3d/common/duration.h"
#include "c3d/common/output_guard.h"
#include "c3d/common/output_names.h"
#include "c3d/common/plan_file.h"
#include "c3d/evaluation/evaluation_files.h"
#include "c3d/evaluation/evaluation_numbers.h"
#include "c3d/evaluation/evaluation_shards.h"
#include "c3d/explanation/page_heat.h"
#include "c3d/inference/file_digest.h"
#include "c3d/inference/labeller.h"
#include "c3d/inference/loaded_network.h"
#include "c3d/inference/recipe.h"
#include "c3d/inference/shards/shard_facts.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWorst = 20;

bool is_stopped(const EvaluationCallbacks& callbacks) {
  return callbacks.stop_requested && callbacks.stop_requested();
}

void note(const EvaluationCallbacks& callbacks, const std::string& lines) {
  if (callbacks.note) callbacks.note(lines);
}

void expect_files_of_their_own(const EvaluationRequest& request) {
  OutputGuard guard;
  guard.add_input(request.weights, "the weights");
  guard.add_input(request.network.mean, "the mean file");
  guard.add_input(request.list.classes.value_or(fs::path()), "the list of classes");
  guard.add_list(request.data);
  if (is_plan_file(request.device.plan)) guard.add_output(request.device.plan, "--plan");
  for (const auto& [option, path] : request.outputs()) guard.add_output(path, option);
  expect_ending("--predictions", request.predictions, {".jsonl", ".json", ".txt"});
  expect_ending("--confusion", request.confusion, {".csv", ".txt"});
  expect_ending("--confusion-picture", request.confusion_picture, {".png"});
  expect_ending("--reliability", request.reliability_picture, {".png"});
  expect_ending("--report", request.page, {".html", ".htm"});
  expect_ending("--json", request.json, {".json", ".jsonl", ".txt"});
  for (const auto& [option, path] : request.outputs()) expect_writable(path);
}

// Once the videos are known.
void expect_no_video(const EvaluationRequest& request, const Dataset& data) {
  OutputGuard guard;
  for (const Video& video : data.videos) guard.add_input(video.path, "the video");
  for (const auto& [option, path] : request.outputs()) guard.add_output(path, option);
}

Dataset known_videos(const EvaluationRequest& request, const ModelInfo& info) try {
  ListOptions options = request.list;
  options.label_sets = info.has_label_sets;
  return read_dataset(request.data, options, info.labels);
} catch (Error& error) {
  error.add_context(fmt::format(
      "the classes are those of the weights {}, which tell {}", printable(request.weights.native()),
      info.has_label_sets ? "any number of labels of a video" : "one class of a video"));
  throw;
}

// A video's part of an evaluation, while the tallies grow.
class Judge {
 public:
  Judge(const Dataset& data, Evaluation& evaluation)
      : data_(data),
        evaluation_(evaluation),
        videos_(std::ssize(data.labels)),
        clips_(std::ssize(data.labels)) {}

  void add(const VideoResult& result) {
    const auto place = evaluation_.judged.size();
    const Video& video = data_.videos.at(place);
    JudgedVideo& judged = evaluation_.judged.emplace_back();
    judged.file = video.path;
    judged.error = result.error;
    const std::span<const std::int32_t> truth = classes_of(data_, video);
    judged.truth.assign(truth.begin(), truth.end());
    if (!result.ok()) {
      ++evaluation_.failed;
      return;
    }
    judged.frames = result.frames;
    judged.clips = std::ssize(result.clip_probabilities);
    for (const std::vector<float>& probabilities : result.clip_probabilities) {
      videos_.add(static_cast<std::int32_t>(place), truth, data_.has_label_sets, probabilities);
      clips_.add(clip_++, truth, data_.has_label_sets, probabilities);
    }
  }

  // Fills in what follows from all videos. The facts of the videos.
  TallyFacts finish(std::span<const double> thresholds) {
    TallyFacts facts = facts_of(videos_, data_.labels, thresholds);
    facts.report.split = "evaluation";
    for (std::size_t i = 0; i < facts.items.size(); ++i) {
      JudgedVideo& judged = evaluation_.judged.at(static_cast<std::size_t>(facts.items[i].number));
      judged.loss = facts.report.predictions[i].loss;
      judged.probabilities = facts.items[i].probabilities;
    }
    evaluation_.videos = facts.numbers;
    evaluation_.clips = facts_of(clips_, data_.labels, thresholds).numbers;
    find_worst();
    return facts;
  }

 private:
  void find_worst() {
    std::vector<std::size_t>& worst = evaluation_.worst;
    worst.resize(evaluation_.judged.size());
    std::iota(worst.begin(), worst.end(), std::size_t{0});
    std::erase_if(worst, [&](std::size_t i) { return !evaluation_.judged[i].error.empty(); });
    std::ranges::stable_sort(worst, std::ranges::greater(),
                             [&](std::size_t i) { return evaluation_.judged[i].loss; });
    worst.resize(std::min(worst.size(), kWorst));
  }

  const Dataset& data_;
  Evaluation& evaluation_;
  EvaluationTally videos_, clips_;  // of the second each item is a clip
  std::int32_t clip_ = 0;
};

std::vector<Input> inputs_of(const Dataset& data) {
  std::vector<Input> inputs;
  inputs.reserve(data.videos.size());
  for (const Video& video : data.videos) inputs.push_back(input_of(video.path));
  return inputs;
}

// Of what shards judge.
Recipe judged_recipe(const EvaluationRequest& request, LoadedNetwork& network) {
  LabelRequest labels;
  static_cast<NetworkRequest&>(labels) = request;
  Recipe recipe = label_recipe(labels, network.classifier(), network.backend().precision(),
                               weights_digest(request.weights));
  recipe.emplace_back(kJudged, "clips");
  return recipe;
}

LabelOptions label_options(const EvaluationRequest& request, const LoadedNetwork& network,
                           std::size_t videos) {
  LabelOptions options;
  // No video's numbers depend on which others this process has.
  if (videos > 1 && request.device.device != "reference") options.last_batch = LastBatch::full;
  options.top = 1;
  options.batch = request.batch;
  options.clip = clip_spec(request, network.classifier().info());
  options.reading = read_options(request);
  options.reading.limits.device = network.decoder();
  options.keeps_probabilities = true;
  return options;
}

}  // namespace

Evaluation run_evaluation(const EvaluationRequest& request, const EvaluationCallbacks& callbacks,
                          std::ostream& measuring) {
  expect(fs::exists(request.data), "{}: no such folder or list", request.data);
  expect_files_of_their_own(request);
  LoadedNetwork network(request, measuring);
  Classifier& classifier = network.classifier();
  const ModelInfo& info = classifier.info();
  expect_possible(request, info);
  const Dataset data = known_videos(request, info);
  expect_no_video(request, data);

  Evaluation evaluation{.data = request.data,
                        .weights = request.weights,
                        .description = network.description(),
                        .labels = info.labels,
                        .has_label_sets = info.has_label_sets,
                        .videos = {},
                        .clips = {},
                        .judged = {},
                        .worst = {},
                        .notes = data.notes,
                        .unwritten = {}};
  note(callbacks, evaluation.description);
  for (const std::string& line : data.notes) note(callbacks, "note: " + line);

  const std::vector<Input> inputs = inputs_of(data);
  Judge judge(data, evaluation);
  LabelOptions options = label_options(request, network, inputs.size());
  options.stopped = [&] { return is_stopped(callbacks); };
  const double begin = steady_seconds();
  const auto add = [&](const VideoResult& result) {
    judge.add(result);
    if (callbacks.judging) callbacks.judging(std::ssize(evaluation.judged), std::ssize(inputs));
  };
  if (request.merges) {
    read_judged(request, inputs, judged_recipe(request, network), add);
  } else {
    Labeller(classifier, inputs, options, add).run();
  }
  expect(evaluation.judged.size() == inputs.size(), "the evaluation was stopped before its end");
  expect(evaluation.failed < std::ssize(inputs),
         "{}: not one of its {} videos can be read; the first, {}: {}", request.data, inputs.size(),
         evaluation.judged[0].file, Lines{evaluation.judged[0].error});
  const double seconds = steady_seconds() - begin;
  const TallyFacts facts = judge.finish(classifier.thresholds());
  const ProvideHeat heat = [&](HeatStrips& strips, const std::vector<HeatVideo>& wanted) {
    const std::string trouble =
        provide_heat(strips, wanted,
                     {request, options.clip, options.reading, page_heat_seconds(seconds), options.stopped});
    if (!trouble.empty()) note(callbacks, "note: " + trouble);
  };
  evaluation.unwritten = write_files(request, evaluation, facts, data,
                                     numbering_of(options.clip, options.reading), heat, options.stopped);
  return evaluation;
}

JudgedPart judge_shard(const EvaluationRequest& request, const EvaluationCallbacks& callbacks,
                       std::ostream& measuring) {
  expect(fs::exists(request.data), "{}: no such folder or list", request.data);
  expect_files_of_their_own(request);
  LoadedNetwork network(request, measuring);
  const Dataset data = known_videos(request, network.classifier().info());
  expect_no_video(request, data);
  note(callbacks, network.description());
  for (const std::string& line : data.notes) note(callbacks, "note: " + line);
  const std::vector<Input> all = inputs_of(data);
  JudgedShard shard(request, all, judged_recipe(request, network));
  const ShardPlan& plan = shard.plan();
  note(callbacks,
       fmt::format("shard {}: {} of {} videos, by their {}", to_string(plan.shard), plan.places.size(),
                   plan.videos, plan.division == Division::path ? "paths" : "lengths"));
  std::vector<Input> own;
  own.reserve(plan.places.size());
  for (const std::size_t place : plan.places) own.push_back(all[place]);
  LabelOptions options = label_options(request, network, all.size());
  options.stopped = [&] { return is_stopped(callbacks); };
  JudgedPart part{.file = shard.path()};
  Labeller labeller(network.classifier(), own, options, [&](const VideoResult& result) {
    shard.add(result);
    if (!result.ok()) ++part.failed;
    ++part.videos;
    if (callbacks.judging) callbacks.judging(part.videos, std::ssize(own));
  });
  labeller.run();
  expect(part.videos == std::ssize(own), "the evaluation was stopped before its end");
  shard.finish();
  return part;
}

}  // namespace c3d
