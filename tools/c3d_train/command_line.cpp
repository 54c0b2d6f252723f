#include "tools/c3d_train/command_line.h"

#include "c3d/training/recipes.h"
#include "c3d/training/train_setting_table.h"
#include "tools/shared/option_checks.h"

namespace c3d {
namespace {

// A bad setting is a bad command line.
void try_assignment(const Assignment& assignment) {
  TrainSettings scratch;
  assign(scratch, assignment);
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
  app.add_option("--show-clips", command.show_clips,
                 "draw the first training clips as the network would see them, and stop")
      ->type_name("PNG");
  app.add_option("--config", command.config, "a JSON file of settings");
  app.add_option("--set", command.set, "key=value: one setting; any number of times")
      ->allow_extra_args(false)
      ->check(checked_by([](const std::string& text) { try_assignment(parse_assignment(text)); }));
  struct Flag {
    const char *name, *key, *help;
  };
  for (const Flag& flag : {
           Flag{"--data", "data",
                "training videos: a folder with a folder per class, splits of those (train, val ...), or a "
                "list"},
           Flag{"--val", "val", "validation videos; without it, a part of the training videos by group"},
           Flag{"--recipe", "recipe",
                "a named set of settings, for what you do not set yourself; by itself small for few videos"},
           Flag{"--minutes", "minutes",
                "that the run may take on this machine: fits steps, and width from scratch; recipes: 20 on a "
                "CPU"},
           Flag{"--profile", "profile",
                "how the frames of published weights are prepared: caffe-sports1m, pvr, mmaction2"},
           Flag{"--mean", "mean_file", "a mean cube in place of the profile's mean, .npy"},
           Flag{"--root", "root", "where a list's relative paths start"},
           Flag{"--classes", "classes", "a classInd.txt: numbers and names of the classes"},
           Flag{"--group-regex", "group_regex",
                "what names videos that must stay together, its first capture"},
           Flag{"--validation-share", "validation_share", "share of the groups that validates without --val"},
           Flag{"--device", "device", "auto, cpu, reference, cuda or cuda:N"},
           Flag{"--precision", "precision", "f32, bf16; tf32 on GPUs"},
           Flag{"--plan", "plan",
                "kernels of the convolutions: measured, fixed, or a file that pins them; by itself measured "
                "on CPUs, "
                "fixed on GPUs"},
           Flag{"--memory", "memory", "MB of transformed filters kept at most; 0: as many as are fast"},
           Flag{"--seed", "seed", "of everything random"},
           Flag{"--init", "init", "weights to start from"},
           Flag{"--map", "init_map", "whose names the tensors of --init have"},
           Flag{"--reinit", "reinit", "layers that start anew in spite of --init: fc8"},
       }) {
    CLI::Option* option = app.add_option_function<std::string>(
        flag.name,
        [&command, key = flag.key](const std::string& text) { command.flags.emplace_back(key, text); },
        flag.help);
    option->check(checked_by([key = flag.key](const std::string& text) { try_assignment({key, text}); }));
    const std::string kind = setting_kind(find_setting(flag.key));
    if (kind.find('|') != std::string::npos) option->type_name(kind);
  }
  app.footer(settings_help() + recipes_help());
}

}  // namespace c3d
