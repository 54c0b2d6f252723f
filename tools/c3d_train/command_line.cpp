#include "tools/c3d_train/command_line.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "c3d/training/recipes.h"
#include "c3d/training/tensorboard_log.h"
#include "tools/shared/option_checks.h"
#include "tools/shared/training_flags.h"

namespace c3d {
namespace {

constexpr int kMostRanks = 4096;

bool says_how_to_train(const RunRequest& command) {
  return command.resume || command.only_looks() || command.folds != 0 || !command.config.empty() ||
         !command.flags.empty() || !command.set.empty();
}

}  // namespace

void add_train_options(CLI::App& app, RunRequest& command) {
  app.add_option("--out", command.out, "the run's folder: settings, weights, metrics, pictures, state")
      ->required();
  app.add_flag("--resume", command.resume,
               "go on with the run in --out; its settings are known, --out is enough");
  app.add_flag("--dry-run", command.dry_run,
               "say what would be trained, in how much memory and time, and stop");
  app.add_option(
         "--folds", command.folds,
         "cross-validate: train so many runs, each of which validates with another part of the groups, in "
         "--out's fold-1, fold-2 ..., and report their mean and spread")
      ->type_name("K")
      ->check(whole_number_within(2, kLargestInt));
  app.add_option("--ranks", command.ranks,
                 "start so many processes on this machine by mpirun, which share every step; elsewhere "
                 "mpirun or srun starts "
                 "c3d_train")
      ->type_name("N")
      ->check(whole_number_within(1, kMostRanks));
  app.add_option("--rank-timeout", command.rank_timeout,
                 "seconds without a step, or without a word, after which a rank counts as hung and all end")
      ->type_name("SECONDS")
      ->check(number_within(1, 1e6))
      ->capture_default_str();
  app.add_option("--show-clips", command.show_clips,
                 "draw the first training clips as the network would see them, and stop")
      ->type_name("PNG");
  app.add_option("--metrics-csv", command.metrics_csv,
                 "write the metrics of the run in --out as a table, a row for each step, and stop")
      ->type_name("CSV");
  app.add_option("--config", command.config, "a JSON file of settings");
  add_set_option(app, command.set);
  const std::vector<TrainingFlag> shared = data_flags();
  const auto data_flag = [&](std::string_view name) {
    return *std::ranges::find_if(shared, [&](const TrainingFlag& flag) { return flag.name == name; });
  };
  for (const TrainingFlag& flag : {
           TrainingFlag{
               "--data", "data",
               "training videos: a folder with a folder per class, splits of those (train, val ...), or a "
               "list"},
           data_flag("--val"),
           TrainingFlag{
               "--recipe", "recipe",
               "a named set of settings, for what you do not set yourself; by itself small for few videos"},
           TrainingFlag{
               "--minutes", "minutes",
               "that the run may take on this machine: fits steps, and width from scratch; recipes: 20 on a "
               "CPU"},
           TrainingFlag{"--profile", "profile",
                        "how the frames of published weights are prepared: caffe-sports1m, pvr, mmaction2"},
           TrainingFlag{"--mean", "mean_file", "a mean cube in place of the profile's mean, .npy"},
           data_flag("--root"),
           data_flag("--classes"),
           data_flag("--group-regex"),
           data_flag("--validation-share"),
           TrainingFlag{"--device", "device", "auto, cpu, reference, cuda or cuda:N"},
           TrainingFlag{"--precision", "precision", "f32, bf16; tf32 on GPUs"},
           TrainingFlag{
               "--plan", "plan",
               "kernels of the convolutions: measured, fixed, or a file that pins them; by itself measured "
               "on CPUs, "
               "fixed on GPUs"},
           TrainingFlag{"--memory", "memory",
                        "MB of transformed filters kept at most; 0: as many as are fast"},
           data_flag("--seed"),
           TrainingFlag{"--init", "init", "weights to start from"},
           TrainingFlag{"--map", "init_map", "whose names the tensors of --init have"},
           TrainingFlag{"--reinit", "reinit", "layers that start anew in spite of --init: fc8"},
       }) {
    add_training_flag(app, flag, command.flags);
  }
  add_training_flag(
      app,
      {"--tensorboard", "tensorboard",
       "write event files for TensorBoard into this folder [by itself: `tensorboard` in --out]; a "
       "resumed run goes on with them"},
      command.flags)
      ->expected(0, 1)
      ->default_str(kRunEvents)
      ->option_text("[DIR]");
  app.get_option("--folds")->excludes(app.get_option("--val"));
  app.get_option("--ranks")->excludes(app.get_option("--folds"));
  app.callback([&command] {
    if (!command.metrics_csv.empty() && says_how_to_train(command)) {
      throw CLI::ValidationError("--metrics-csv",
                                 "it makes a table of a run that is there, and goes with --out alone");
    }
  });
  app.footer(settings_help() + recipes_help());
}

}  // namespace c3d
