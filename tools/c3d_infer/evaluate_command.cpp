// c3d_infer evaluate: how well does a network tell what videos show?

#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "c3d/common/bad_request.h"
#include "c3d/evaluation/evaluation_run.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "engine/io/atomic_file.h"
#include "tools/c3d_infer/command.h"
#include "tools/c3d_infer/network_options.h"
#include "tools/shared/console_sink.h"
#include "tools/shared/interrupt.h"
#include "tools/shared/option_checks.h"
#include "tools/shared/run_main.h"

namespace c3d {
namespace {

constexpr std::chrono::seconds kStopPatience{2};  // with work that has been told to stop

struct EvaluateArguments {
  EvaluationRequest request;
  std::string json;  // file; -: standard output

  bool prints_json() const { return json == "-"; }
};

void add_video_options(CLI::App& app, EvaluateArguments& a) {
  app.add_option(
         "LIST", a.request.data,
         "videos and their labels, as c3d_train takes them: a list of `path label` lines, or a folder "
         "with a folder per class")
      ->required()
      ->type_name("LIST");
  add_weights_options(app, a.request);
  app.add_option_function<std::string>(
         "--root", [&a](const std::string& folder) { a.request.list.root = folder; },
         "folder that the paths of LIST start from [LIST's own]")
      ->type_name("DIR");
  app.add_option_function<std::string>(
         "--classes", [&a](const std::string& file) { a.request.list.classes = file; },
         "a classInd.txt, where LIST numbers classes as it does [the one beside LIST]")
      ->type_name("FILE");
}

void add_output_options(CLI::App& app, EvaluateArguments& a) {
  app.add_option("--json", a.json,
                 "all numbers as one JSON object; -: to standard output, in place of the text")
      ->type_name("FILE|-")
      ->group("Output");
  app.add_option("--predictions", a.request.predictions,
                 "a JSON object a line for each video: what it shows, and the probability of each class")
      ->type_name("OUT.jsonl")
      ->group("Output");
  app.add_option("--confusion", a.request.confusion,
                 "table of what videos show, by rows, and what they are taken for")
      ->type_name("OUT.csv")
      ->group("Output");
  app.add_option("--confusion-picture", a.request.confusion_picture, "the same as a picture")
      ->type_name("OUT.png")
      ->group("Output");
  app.add_option("--reliability", a.request.reliability_picture,
                 "picture of how often probabilities are right, in ten bins")
      ->type_name("OUT.png")
      ->group("Output");
  app.add_option("--report", a.request.page,
                 "page about all of it, which a browser shows, with frames of the worst and the best videos; "
                 "one file that loads nothing")
      ->type_name("OUT.html")
      ->group("Output");
}

void add_shard_options(CLI::App& app, EvaluateArguments& a) {
  app.add_option_function<std::string>(
         "--shard", [&a](const std::string& text) { a.request.shard = parse_shard(text); },
         "judges a part of the videos, INDEX (from 0) of COUNT, by a hash of their paths: --json "
         "numbers.json becomes "
         "numbers.INDEX-of-COUNT.json, which holds what the network says of each clip; --merge counts them")
      ->check(checked_by([](const std::string& text) { parse_shard(text); }))
      ->type_name("INDEX/COUNT")
      ->group("Shards");
  app.add_flag_callback(
         "--balance", [&a] { a.request.division = Division::length; },
         "divides by the lengths that the heads of all videos say; all shards must be run so")
      ->group("Shards");
  app.add_flag("--merge", a.request.merges,
               "judges nothing: counts what all shards beside --json have judged, with the same LIST and "
               "weights. The numbers "
               "and files are those of one run")
      ->group("Shards");
}

// What a shard or a merged evaluation asks for.
void check_shards(const EvaluationRequest& request) {
  if (!request.shard && !request.merges) return;
  expect_request(!request.shard || !request.merges, "--shard judges and --merge counts: give one of them");
  expect_request(!request.json.empty(), "{} wants --json FILE, by whose name shards call their files",
                 request.merges ? "--merge" : "--shard");
  const auto outputs = request.outputs();
  expect_request(request.merges || outputs.size() == 1,
                 "{}: one shard does not know all numbers: ask for it with --merge", outputs.front().first);
}

EvaluationRequest request_of(const EvaluateArguments& a) {
  EvaluationRequest request = a.request;
  if (!a.prints_json()) request.json = a.json;
  return request;
}

int evaluate(const EvaluateArguments& a) {
  // Signals are watched before any thread exists.
  const Interrupt signals([] { return std::string("c3d_infer: stopping"); }, kStopPatience);
  std::optional<Progress> progress;
  EvaluationCallbacks callbacks;
  callbacks.judging = [&](std::int64_t done, std::int64_t total) {
    if (!progress) progress.emplace(std::cerr, is_terminal(stderr), "judging", "videos", total);
    progress->update(done);
    if (done == total) progress->finish();
  };
  callbacks.note = [](const std::string& lines) { std::cerr << printable_lines(lines) << std::endl; };
  callbacks.stop_requested = [&] { return signals.received() != 0; };
  const EvaluationRequest request = request_of(a);
  check_shards(request);
  Evaluation evaluation;
  try {
    if (request.shard) {
      const JudgedPart part = judge_shard(request, callbacks, std::cerr);
      std::cerr << fmt::format("{}: {} videos judged, {} failed\n", printable(part.file.native()),
                               part.videos - part.failed, part.failed);
      return part.failed == 0 ? 0 : 1;
    }
    evaluation = run_evaluation(request, callbacks, std::cerr);
  } catch (const Error&) {
    if (signals.received() != 0) return 128 + signals.received();
    throw;
  }
  // The text first: a file that cannot be written does not take it away.
  print(a.prints_json() ? evaluation_json(evaluation) : evaluation_text(evaluation));
  if (!a.json.empty() && !a.prints_json()) write_file(a.json, evaluation_json(evaluation));
  for (const std::string& why : evaluation.unwritten) {
    std::cerr << "c3d_infer: " << printable_lines(why) << std::endl;
  }
  if (evaluation.failed > 0) {
    std::cerr << "c3d_infer: " << evaluation.failed << " of " << evaluation.judged.size()
              << " videos could not be judged" << std::endl;
  }
  return evaluation.failed == 0 && evaluation.unwritten.empty() ? 0 : 1;
}

}  // namespace

Command add_evaluate(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "evaluate",
      "judges a network by videos with known labels: accuracy, F1, average precision, calibration");
  const auto arguments = std::make_shared<EvaluateArguments>();
  add_video_options(*command, *arguments);
  add_clip_options(*command, arguments->request);
  add_output_options(*command, *arguments);
  add_shard_options(*command, *arguments);
  add_device_and_batch_options(*command, arguments->request);
  command->footer(
      "Numbers are scikit-learn's, with zero_division=0. The clips are those of c3d_train's evaluation: ten, "
      "spread evenly.\n"
      "Exit code: 0 if every video was judged, 1 if any failed, 2 for a wrong command line, 128 + its number "
      "after a signal.\n"
      "  c3d_infer evaluate test.txt --weights best.safetensors\n"
      "  c3d_infer evaluate videos/test --weights best.safetensors --json numbers.json --report test.html");
  return {command, [arguments] { return evaluate(*arguments); }};
}

}  // namespace c3d
