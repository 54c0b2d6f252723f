#include "tools/c3d_train/command_line.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "engine/io/file.h"
#include "engine/io/reading.h"

namespace c3d {
namespace {

std::vector<Assignment> assignments_of(const TrainCommand& command) {
  std::vector<Assignment> all;
  if (!command.config.empty()) all = read_settings(command.config);
  all.insert(all.end(), command.flags.begin(), command.flags.end());
  for (const std::string& text : command.set) all.push_back(parse_assignment(text));
  return all;
}

TrainSettings with(TrainSettings settings, const std::vector<Assignment>& assignments) {
  for (const Assignment& assignment : assignments) assign(settings, assignment);
  return settings;
}

// For CLI11: what is wrong with it, or nothing. A bad setting is a bad command line.
std::string complaint(const std::function<Assignment()>& assignment) {
  try {
    TrainSettings scratch;
    assign(scratch, assignment());
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

// What a terminal must not see is spelt out: $'a\x1bb'.
std::string bash_word(const std::string& text) {
  std::string quoted = "$'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F || c == '\'' || c == '\\') {
      quoted += fmt::format("\\x{:02x}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace

void add_train_options(CLI::App& app, TrainCommand& command) {
  app.add_option("--out", command.out, "the run's folder: settings, weights, metrics, pictures, state")
      ->required();
  app.add_flag("--resume", command.resume,
               "go on with the run in --out; its settings are known, --out is enough");
  app.add_flag("--dry-run", command.dry_run,
               "say what would be trained, in how much memory and time, and stop");
  app.add_option("--config", command.config, "a JSON file of settings");
  app.add_option("--set", command.set, "key=value: one setting; any number of times")
      ->allow_extra_args(false)
      ->check([](const std::string& text) { return complaint([&] { return parse_assignment(text); }); });
  struct Flag {
    const char *name, *key, *help;
  };
  for (const Flag& flag : {
           Flag{"--data", "data",
                "training videos: a folder with a folder per class, splits of those (train, val ...), or a "
                "list"},
           Flag{"--val", "val", "validation videos; without it, a part of the training videos by group"},
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
           Flag{"--plan", "plan", "kernels of the convolutions: measured, fixed, or a file that pins them"},
           Flag{"--memory", "memory", "MB of transformed filters kept at most; 0: as many as are fast"},
           Flag{"--seed", "seed", "of everything random"},
           Flag{"--init", "init", "weights to start from"},
           Flag{"--map", "init_map", "whose names the tensors of --init have"},
           Flag{"--reinit", "reinit", "layers that start anew in spite of --init: fc8"},
       }) {
    app.add_option_function<std::string>(
           flag.name,
           [&command, key = flag.key](const std::string& text) { command.flags.emplace_back(key, text); },
           flag.help)
        ->check([key = flag.key](const std::string& text) {
          return complaint([&] { return Assignment(key, text); });
        });
  }
  app.footer(settings_help());
}

namespace {

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

std::optional<Checkpoint> checkpoint_in(const RunFolder& folder) try {
  if (!file_identity(folder.state())) return std::nullopt;
  return read_checkpoint(folder.state());
} catch (Error& error) {
  if (file_identity(folder.last())) {
    error.add_context(
        "where there is no copy of it, a new run goes on from the weights beside it: c3d_train --init " +
        shell_word(folder.last().string()));
  }
  throw;
}

TrainSettings settings_of(const RunFolder& folder, const std::optional<Checkpoint>& checkpoint) {
  if (checkpoint) {
    return with_changes(
        with({}, parse_settings(state_entry(*checkpoint, "settings"), folder.state().string())), folder);
  }
  if (folder.file_of_a_snapshot()) folder.fail_without_state();
  const auto left = folder.file_of_a_run();
  expect(
      file_identity(folder.config()).has_value(),
      "the run in {} cannot go on: its {} is gone, which says how it trains ({} is there); put it back, or "
      "start a new run in another --out",
      folder.path(), folder.config().filename(), left ? left->filename() : std::filesystem::path());
  return with({}, read_settings(folder.config()));
}

}  // namespace

ResolvedRun resolve(const TrainCommand& command, const RunFolder& folder) {
  ResolvedRun run;
  const std::vector<Assignment> wanted = assignments_of(command);
  const std::optional<std::filesystem::path> there = folder.file_of_a_run();
  if (!command.resume && !command.dry_run && there) {
    const bool can_go_on = file_identity(folder.state()) || file_identity(folder.config());
    fail("{} holds a run already ({}): {}choose another --out", folder.path(), there->filename(),
         can_go_on ? "go on with it by --resume, or " : "");
  }
  if (!command.resume || !there) {
    run.settings = with({}, wanted);
    naming_config(command, [&] { check_settings(run.settings); });
    return run;
  }
  run.checkpoint = checkpoint_in(folder);
  const TrainSettings was = settings_of(folder, run.checkpoint);
  run.settings = with(was, wanted);
  const std::vector<std::string> conflicts = resume_conflicts(was, run.settings);
  expect(conflicts.empty(),
         "the run in {} has other settings: {}; leave them out to go on with it, or choose another --out",
         folder.path(), fmt::join(conflicts, ", "));
  naming_config(command, [&] { check_settings(run.settings); });
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

void naming_config(const TrainCommand& command, const std::function<void()>& work) {
  try {
    work();
  } catch (Error& error) {
    const std::string config = printable(command.config.native());
    if (!config.empty() && !names_file(error.message(), config)) {
      error.add_context("with the settings of " + config);
    }
    throw;
  }
}

std::string shell_word(const std::string& text) {
  const auto is_plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_-./=+:@,").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return text;
  if (printable(text) != text) return bash_word(text);
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace c3d
