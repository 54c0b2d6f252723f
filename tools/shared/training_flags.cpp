#include "tools/shared/training_flags.h"

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

std::vector<TrainingFlag> data_flags() {
  return {{"--val", "val", "validation videos; without it, a part of the training videos by group"},
          {"--root", "root", "where a list's relative paths start"},
          {"--classes", "classes", "a classInd.txt: numbers and names of the classes"},
          {"--group-regex", "group_regex", "what names videos that must stay together, its first capture"},
          {"--validation-share", "validation_share", "share of the groups that validates without --val"},
          {"--seed", "seed", "of everything random"}};
}

CLI::Option* add_training_flag(CLI::App& app, const TrainingFlag& flag, std::vector<Assignment>& given) {
  const std::string key = flag.key;
  CLI::Option* option = app.add_option_function<std::string>(
      flag.name, [&given, key](const std::string& text) { given.emplace_back(key, text); }, flag.help);
  option->check(checked_by([key](const std::string& text) { try_assignment({key, text}); }));
  const std::string kind = setting_kind(find_setting(key));
  if (kind.find('|') != std::string::npos) option->type_name(kind);
  return option;
}

CLI::Option* add_set_option(CLI::App& app, std::vector<std::string>& given) {
  return app.add_option("--set", given, "key=value: one setting; any number of times")
      ->allow_extra_args(false)
      ->check(checked_by([](const std::string& text) { try_assignment(parse_assignment(text)); }));
}

}  // namespace c3d
