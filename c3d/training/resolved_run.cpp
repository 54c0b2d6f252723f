#include "c3d/training/resolved_run.h"

#include <charconv>

#include "c3d/common/shell_word.h"
#include "c3d/training/cross_validation_file.h"
#include "c3d/training/optimization_settings.h"
#include "c3d/training/recipes.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "engine/io/file.h"
#include "engine/io/reading.h"

namespace c3d {
namespace {

// Files of settings that name no recipe are older than recipes, or say all that they want.
TrainSettings without_recipe() {
  TrainSettings settings;
  settings.recipe = kNoRecipe;
  return settings;
}

// Where the run's data are now: what may change is written to config.json at each start, and the state knows
// it only from the next snapshot on.
TrainSettings with_changes(TrainSettings settings, const RunFolder& folder) {
  if (!file_identity(folder.config())) return settings;
  try {
    for (const Assignment& assignment : read_settings(folder.config())) {
      if (may_change_on_resume(assignment.first)) assign(settings, assignment);
    }
  } catch (const Error&) {
    // The state has all that is needed.
  }
  return settings;
}

// To an error of a state that is of no use.
void add_way_on(Error& error, const RunFolder& folder, const std::string& condition) {
  if (!file_identity(folder.last())) return;
  error.add_context(condition + "a new run goes on from the weights beside it: c3d_train --init " +
                    shell_word(folder.last().string()));
}

std::optional<Checkpoint> checkpoint_in(const RunFolder& folder) try {
  if (!file_identity(folder.state())) return std::nullopt;
  return read_checkpoint(folder.state());
} catch (Error& error) {
  add_way_on(error, folder, "where there is no copy of it, ");
  throw;
}

// An older version's state may hold settings that are gone.
TrainSettings settings_in(const Checkpoint& checkpoint, const RunFolder& folder) try {
  return with(without_recipe(), parse_settings(state_entry(checkpoint, "settings"), folder.state().string()));
} catch (Error& error) {
  add_way_on(error, folder, "");
  throw;
}

TrainSettings settings_of(const RunFolder& folder, const std::optional<Checkpoint>& checkpoint) {
  if (checkpoint) return with_changes(settings_in(*checkpoint, folder), folder);
  if (folder.file_of_a_checkpoint()) folder.fail_without_state();
  const auto left = folder.file_of_a_run();
  expect(
      file_identity(folder.config()).has_value(),
      "the run in {} cannot go on: its {} is gone, which says how it trains ({} is there); put it back, or "
      "start a new run in another --out",
      folder.path(), folder.config().filename(), left ? left->filename() : std::filesystem::path());
  return with(without_recipe(), read_settings(folder.config()));
}

}  // namespace

std::vector<Assignment> assignments_of(const RunRequest& request) {
  std::vector<Assignment> all;
  if (!request.config.empty()) all = read_settings(request.config);
  all.insert(all.end(), request.flags.begin(), request.flags.end());
  for (const std::string& text : request.set) all.push_back(parse_assignment(text));
  return all;
}

TrainSettings with(TrainSettings settings, const std::vector<Assignment>& assignments) {
  for (const Assignment& assignment : assignments) assign(settings, assignment);
  return settings;
}

void name_config(const RunRequest& request, Error& error) {
  const std::string config = printable(request.config.native());
  if (!config.empty() && !names_file(error.message(), config)) {
    error.add_context("with the settings of " + config);
  }
}

ResolvedRun resolve(const RunRequest& request, const RunFolder& folder) {
  ResolvedRun run;
  std::vector<Assignment> wanted = assignments_of(request);
  const std::optional<std::filesystem::path> there = folder.file_of_a_run();
  expect(
      request.only_looks() || !holds_cross_validation(folder.path()),
      "{} holds a cross-validation ({}), not a run: go on with it by --resume or cross_validate(), or choose "
      "another --out",
      folder.path(), cross_validation_file(folder.path()).filename());
  if (!request.resume && !request.only_looks() && there) {
    const bool can_go_on = file_identity(folder.state()) || file_identity(folder.config());
    fail("{} holds a run already ({}): {}choose another --out", folder.path(), there->filename(),
         can_go_on ? "go on with it by --resume, or " : "");
  }
  if (!request.resume || !there) {
    run.is_new = true;
    for (const Assignment& assignment : wanted) run.given.insert(assignment.first);
    run.settings = with(request.config.empty() ? TrainSettings() : without_recipe(), wanted);
    expect(!request.resume || !run.settings.data.empty(),
           "{} holds no run to go on with: check --out, or start one there with --data", folder.path());
    naming_config(request, [&] {
      check_settings(run.settings);
      check_new_optimization(run.settings);
    });
    return run;
  }
  // The run has its recipe, which was found by itself, or was not.
  std::erase(wanted, Assignment("recipe", kAutomaticRecipe));
  run.checkpoint = checkpoint_in(folder);
  const TrainSettings was = settings_of(folder, run.checkpoint);
  run.settings = with(was, wanted);
  const std::vector<std::string> conflicts = resume_conflicts(was, run.settings);
  expect(conflicts.empty(),
         "the run in {} has other settings: {}; leave them out to go on with it, or choose another --out",
         folder.path(), fmt::join(conflicts, ", "));
  naming_config(request, [&] { check_settings(run.settings); });
  return run;
}

const std::string& state_entry(const Checkpoint& checkpoint, const std::string& key) {
  const auto entry = checkpoint.other.find(key);
  expect(entry != checkpoint.other.end(), "the run's state.safetensors does not say `{}`; it is damaged",
         key);
  return entry->second;
}

std::uint64_t metric_bytes_of(const Checkpoint& checkpoint) {
  const std::string& text = state_entry(checkpoint, "metrics_bytes");
  std::uint64_t bytes = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  expect(status == std::errc() && end == text.data() + text.size(),
         "the run's state.safetensors says `{}` for `metrics_bytes`, which is no number of bytes", text);
  return bytes;
}

std::array<float, 3> mean_of(const Checkpoint& checkpoint) try {
  return parse_mean(state_entry(checkpoint, "mean"));
} catch (Error& error) {
  error.add_context("while reading the run's state.safetensors");
  throw;
}

}  // namespace c3d
