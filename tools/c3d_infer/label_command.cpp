#include "tools/c3d_infer/label_command.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "c3d/common/bad_request.h"
#include "c3d/explanation/explanation_work.h"
#include "c3d/explanation/page_heat.h"
#include "c3d/inference/feature_recipe.h"
#include "c3d/inference/file_digest.h"
#include "c3d/inference/label_report.h"
#include "c3d/inference/loaded_network.h"
#include "c3d/inference/outputs.h"
#include "c3d/inference/recipe.h"
#include "c3d/inference/shards/launcher.h"
#include "c3d/inference/shards/shard_run.h"
#include "c3d/inference/work.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "engine/io/json.h"
#include "tools/c3d_infer/label_options.h"
#include "tools/c3d_infer/live_command.h"
#include "tools/c3d_infer/result_lines.h"
#include "tools/shared/console_sink.h"
#include "tools/shared/interrupt.h"
#include "tools/shared/run_main.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

// How many videos are done, for the thread that hears of signals.
struct Standing {
  std::atomic<std::int64_t> done = 0, videos = 0;
};

constexpr std::chrono::seconds kPatience{2};  // with work that has been told to stop

// Empty: there is nothing left to stop.
std::string stop_notice(const LabelRequest& a, const Standing& standing) {
  const std::int64_t done = standing.done, videos = standing.videos;
  if (videos == 0) return "c3d_infer: stopping";
  if (done == videos) return "";
  std::string text = fmt::format("c3d_infer: stopping; {} of {} videos are done", done, videos);
  if (a.writes_files()) text += " and kept; the same command with --resume goes on from there";
  return text;
}

LabelOptions label_options(const LabelRequest& a, const Inputs& inputs, const LoadedNetwork& network) {
  const Classifier& classifier = network.classifier();
  LabelOptions options;
  options.top = a.top;
  options.batch = a.batch;
  options.last_batch = last_batch(a, inputs);
  options.clip = clip_spec(a, classifier.info());
  options.reading = read_options(a);
  options.reading.limits.device = network.decoder();
  options.feature_rule = feature_rule(a, classifier);
  options.keeps_probabilities = !a.explain.empty();
  return options;
}

void say_end(const ResultLines& lines, const Labeller& labeller, double seconds) {
  std::cerr << fmt::format("{} labelled, {} failed, {} clips in {} ({:.3g} clips/s)\n",
                           lines.done() - lines.failed(), lines.failed(), labeller.clips(),
                           duration_text(seconds), static_cast<double>(labeller.clips()) / seconds)
            << text_line(labeller.time_taken()) << "\n"
            << text_line(labeller.waits()) << "\n";
  lines.say_failed();
}

LabelReport label_report(const LabelRequest& a, const Inputs& inputs, const Classifier& classifier,
                         const Backend& backend) {
  return {a,
          inputs,
          classifier.info(),
          {{"weights", std::filesystem::absolute(a.weights).lexically_normal().string()},
           {"network", classifier.description()},
           {"device", backend.description()}}};
}

// A page is a by-product: the labels are said and kept by then.
bool write_report(LabelReport& report, const LabelRequest& a, const ProvideHeat& heat,
                  const std::function<bool()>& stopped) try {
  report.write(heat, stopped);
  std::cerr << "report: " << printable(a.report.native()) << std::endl;
  return true;
} catch (const Error& error) {
  std::cerr << "c3d_infer: the report was not written: " << error.message() << std::endl;
  return false;
}

// Leaves this process the videos of its shard, and says which those are.
void divide(const LabelRequest& a, const StartedShard& started, Inputs& inputs, Outputs& outputs) {
  std::optional<Progress> progress;
  const auto looking = [&](std::int64_t done, std::int64_t videos) {
    if (!progress) progress.emplace(std::cerr, is_terminal(stderr), "looking for lengths", "videos", videos);
    progress->update(done);
    if (done == videos) progress->finish();
  };
  const ShardPlan plan = plan_shard(inputs, started.shard, a.division, looking);
  take_shard(plan, inputs, outputs);
  std::cerr << fmt::format("shard {} ({}): {} of {} videos, by their {}\n", to_string(started.shard),
                           started.by, plan.places.size(), plan.videos,
                           a.division == Division::path ? "paths" : "lengths");
}

void follow_recipe(LabelRequest& a) {
  if (a.recipe.empty()) return;
  apply(read_feature_recipe(a.recipe), a.recipe, FileDigest(weights_file(a.weights)).digits(), a);
  const bool has_axis = a.clips.crops > 1 && !a.averages_crops;
  expect_request(!has_axis || a.feature_format == FeatureFormat::npy,
                 "--recipe {}: it takes {} crops of each clip, and only npy has an axis for them: write that",
                 a.recipe, a.clips.crops);
}

LoadedNetwork load(const LabelRequest& a) {
  try {
    return LoadedNetwork(a, std::cerr);
  } catch (Error& error) {
    if (!a.recipe.empty()) error.add_context(fmt::format("with what the recipe {} says", a.recipe.string()));
    throw;
  }
}

int infer(LabelRequest a) {
  Standing standing;
  const Interrupt interrupt([&] { return stop_notice(a, standing); }, kPatience);
  follow_recipe(a);
  Inputs inputs = find_inputs(a.videos, a.lists);
  for (const std::string& note : inputs.notes) std::cerr << "note: " << note << "\n";
  expect(!inputs.videos.empty(), "the lists name no video");
  const std::optional<StartedShard> started = shard_of_run(a, inputs, process_environment);
  if (!started && !a.is_undivided && inputs.several) {
    if (const std::string note = half_set_launcher(process_environment); !note.empty())
      std::cerr << "note: " << note << "\n";
  }
  if (started) name_for_shard(a, started->shard);
  Outputs outputs = outputs_of(a, inputs);
  check_outputs(a, inputs, outputs);
  check_explanation(outputs);
  if (started) {
    divide(a, *started, inputs, outputs);
  } else if (a.division == Division::length) {
    std::cerr << "note: --balance: this is one process for all videos, and divides nothing\n";
  }
  std::optional<FileDigest> digest;  // beside the loading of the weights, which takes as long
  if (a.writes_files() || a.prints_json()) digest.emplace(weights_file(a.weights));

  LoadedNetwork network = load(a);
  Classifier& classifier = network.classifier();
  std::cerr << network.description() << std::endl;

  if (const std::string unknown = unknown_label(a.explain_class, classifier.info().labels);
      !unknown.empty()) {
    std::cerr << "c3d_infer: --explain-class: " << unknown << std::endl;
    return kWrongCommandLine;
  }

  LabelOptions options = label_options(a, inputs, network);
  if (const std::string note = overlap_note(a, options.clip); !note.empty()) {
    std::cerr << "note: " << note << "\n";
  }
  Recipe recipe;
  std::string recipe_file;
  if (digest) {
    const std::string digits = digest->digits();
    recipe = label_recipe(a, classifier, network.backend().precision(), digits);
    if (!a.features_out.empty()) recipe_file = dump_json(to_json(feature_recipe(a, classifier, digits)));
  }
  // Only now, as it makes folders: weights that are of no use leave none.
  const std::vector<FileLock> locks = lock_outputs(outputs);
  standing.videos = static_cast<std::int64_t>(inputs.videos.size());  // files are written from here on
  Work work(a, inputs, outputs, recipe, options.feature_rule, recipe_file, std::cerr);
  work.add_paths(options);
  options.stopped = [&] { return interrupt.received() != 0; };
  const std::size_t before = inputs.videos.size() - work.videos().size();
  if (before > 0) std::cerr << before << " of " << inputs.videos.size() << " videos were done before\n";

  const double start = steady_seconds();
  standing.videos = static_cast<std::int64_t>(work.videos().size());
  ResultLines lines(work, classifier.info().labels, outputs);
  LabelReport report = label_report(a, inputs, classifier, network.backend());
  OverlayLine overlay_line;
  options.overlaying = [&](const Input& input, std::int64_t written, std::int64_t frames) {
    overlay_line.show(input, written, frames);
  };
  std::optional<ExplanationWork> explaining;
  if (outputs.explanation) explaining.emplace(classifier, a, options.clip);
  const std::vector<std::filesystem::path> explanations = work.paths_of(outputs.explanation);
  const auto explain = [&](VideoResult& result) {
    const auto position = static_cast<std::size_t>(lines.done());
    const Input& input = work.videos()[position];
    const ExplanationCallbacks callbacks{.writing = [&](std::int64_t written, std::int64_t frames) {
      overlay_line.show(input, written, frames);
    }};
    explaining->add(input, explanations[position], result, callbacks);
  };
  Labeller labeller(classifier, work.videos(), options, [&](const VideoResult& labelled) {
    VideoResult result = labelled;
    if (explaining) explain(result);
    overlay_line.clear();
    lines.add(result);
    if (!a.report.empty()) report.add(result);
    standing.done = lines.done();
  });
  labeller.run();
  if (standing.done < standing.videos) return 128 + interrupt.received();
  lines.finish();
  const double seconds = steady_seconds() - start;
  say_end(lines, labeller, seconds);
  const ProvideHeat heat = [&](HeatStrips& strips, const std::vector<HeatVideo>& wanted) {
    const std::string trouble = provide_heat(
        strips, wanted, {a, options.clip, options.reading, page_heat_seconds(seconds), options.stopped});
    if (!trouble.empty()) std::cerr << "note: " << trouble << std::endl;
  };
  const bool reported = a.report.empty() || write_report(report, a, heat, options.stopped);
  return lines.failed() == 0 && reported ? 0 : 1;
}

}  // namespace

std::function<int()> add_labelling(CLI::App& app) {
  const auto request = std::make_shared<LabelRequest>();
  const auto live = std::make_shared<LiveArguments>();
  add_label_options(app, *request);
  add_live_options(app, *live);
  app.callback([&app, request, live] {
    if (!app.get_subcommands().empty()) return;
    settle_feature_format(*request, app);
    check_live_options(*live, app);
    check_label_options(*request, !live->source.empty(), app);
  });
  return
      [request, live] { return live->source.empty() ? infer(*request) : run_live_command(*live, *request); };
}

}  // namespace c3d
