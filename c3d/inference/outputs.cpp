#include "c3d/inference/outputs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <set>
#include <system_error>
#include <type_traits>
#include <utility>

#include "c3d/common/output_guard.h"
#include "c3d/common/output_names.h"
#include "c3d/common/plan_file.h"
#include "c3d/inference/h5_collection.h"
#include "c3d/inference/output_paths.h"
#include "c3d/inference/output_records.h"
#include "data/video_writer.h"
#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/io/atomic_file.h"
#include "engine/io/file_names.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

OutputKind kind(const std::string& option, const fs::path& target, const Inputs& inputs,
                const std::string& extension) {
  std::error_code unknown;
  if (target.empty()) return {};
  return {.option = option,
          .target = target,
          .is_folder = inputs.several || fs::is_directory(target, unknown),
          .paths = output_paths(inputs, target, extension)};
}

// One file for all videos.
OutputKind one_file(const std::string& option, const fs::path& target, const Inputs& inputs) {
  if (target.empty()) return {};
  return {.option = option,
          .target = target,
          .is_folder = false,
          .paths = std::vector<fs::path>(inputs.videos.size(), target)};
}

void check_h5_target(const fs::path& target, H5Layout layout) {
  std::error_code unknown;
  expect(!fs::is_directory(target, unknown),
         "--features-out {}: it is a folder, and h5 is one file for all videos: give it a name, such as {}",
         target, target / "features.h5");
  expect(is_replaceable(target), "--features-out {}: an HDF5 file cannot be written to a pipe or a device",
         target);
  check_h5_file(target, layout);
}

std::vector<std::string> endings_of(FeatureFormat format) {
  if (format == FeatureFormat::h5) return {".h5", ".hdf5", ".hdf"};
  return {"." + to_string(format)};
}

// Shards write to one folder at the same time.
fs::path lock_of_shard(const fs::path& lock, const Outputs& outputs) {
  return outputs.shard.empty() ? lock : fs::path(lock.native() + "." + outputs.shard);
}

// --json /dev/stdout, or the very file that standard output goes to.
bool is_standard_output(const std::string& name) {
  struct stat facts {};
  const auto identity = file_identity(name);
  return identity && ::fstat(STDOUT_FILENO, &facts) == 0 && identity->device == facts.st_dev &&
         identity->inode == facts.st_ino;
}

}  // namespace

std::vector<const OutputKind*> Outputs::asked_for() const {
  std::vector<const OutputKind*> kinds;
  for (const OutputKind* output : {&features, &timeline, &overlay, &explanation}) {
    if (*output) kinds.push_back(output);
  }
  return kinds;
}

Outputs outputs_of(const LabelRequest& a, Inputs& inputs) {
  if (!a.lists.empty() || a.videos.size() > 1) keep_given_folders(inputs);
  Outputs outputs;
  outputs.json_to_output = a.prints_json() || (!a.json.empty() && is_standard_output(a.json));
  if (!outputs.json_to_output) outputs.json = a.json;
  if (a.shard) outputs.shard = shard_mark(*a.shard);
  outputs.overlay = kind("--overlay", a.overlay, inputs, ".mp4");
  outputs.timeline = kind("--timeline", a.timeline, inputs, ".png");
  outputs.explanation = kind("--explain", a.explain, inputs, extension(a.explain_format));
  if (a.writes_h5()) {
    outputs.features = one_file("--features-out", a.features_out, inputs);
    outputs.ids = h5_ids(inputs, a.h5_naming);
    return outputs;
  }
  inputs.several = inputs.several || a.feature_format == FeatureFormat::caffe;
  outputs.features = kind("--features-out", a.features_out, inputs, extension(a.feature_format, a.pooling()));
  return outputs;
}

void check_outputs(const LabelRequest& a, const Inputs& inputs, const Outputs& outputs) {
  OutputGuard guard;
  for (const Input& input : inputs.videos) guard.add_input(input.path, "the video");
  if (inputs.standard_input) guard.add_input("/dev/stdin", "the video of standard input,");
  for (const fs::path& list : a.lists) guard.add_input(list, "the list");
  guard.add_input(a.weights, "the weights");
  guard.add_input(a.network.mean, "the mean file");
  if (is_plan_file(a.device.plan)) guard.add_output(a.device.plan, "--plan");
  guard.add_output(outputs.json, "--json");
  guard.add_output(a.report, "--report");
  for (const OutputKind* output : outputs.asked_for()) {
    // A video that is named twice has one output.
    for (const fs::path& path : std::set<fs::path>(output->paths.begin(), output->paths.end())) {
      const bool is_copy = output == &outputs.explanation && lower_ascii(path.extension().native()) == ".mp4";
      const bool is_video = is_copy || output == &outputs.overlay;
      guard.add_output(path, output->option, is_video ? OutputBytes::video : OutputBytes::other);
    }
  }
  // Files of ours beside them: outputs that share a folder share these.
  std::map<fs::path, std::string> beside;
  for (const OutputKind* output : outputs.asked_for()) {
    if (!output->is_folder && !is_replaceable(output->target)) continue;
    const bool h5 = a.writes_h5() && output == &outputs.features;
    const fs::path records =
        h5 ? h5_parts(output->target) : records_file(output->target, output->is_folder, outputs.shard);
    const fs::path lock = output->is_folder ? records.parent_path() / lock_file_of(".").filename()
                                            : lock_file_of(output->target);
    beside.emplace(lock_of_shard(lock, outputs), output->option + " (its lock)");
    beside.emplace(records, output->option + (h5 ? " (what waits for it)" : " (what made it)"));
  }
  if (!outputs.json.empty() && is_replaceable(outputs.json))
    beside.emplace(lock_file_of(outputs.json), "--json (its lock)");
  for (const auto& [path, what] : beside) guard.add_output(path, what);
  if (a.writes_h5()) check_h5_target(outputs.features.target, a.h5_layout);
  for (const OutputKind* output : outputs.asked_for()) {
    if (output->is_folder) {
      expect_folder_name(output->option, output->target, inputs.videos.size());
    } else {
      expect_writable(output->target);
    }
  }
  if (outputs.features && !outputs.features.is_folder) {
    expect_ending("--features-out", outputs.features.target, endings_of(a.feature_format));
  }
  if (!outputs.timeline.is_folder) expect_ending("--timeline", outputs.timeline.target, {".png"});
  expect_ending("--report", a.report, {".html", ".htm"});
  expect_ending("--json", outputs.json, {".jsonl", ".json", ".txt"});
  expect_writable(outputs.json);
  expect_writable(a.report);
  expect(
      !outputs.overlay || outputs.overlay.is_folder || is_replaceable(outputs.overlay.target),
      "--overlay {}: a video cannot be written to a pipe or a device, as its index is written last; give it "
      "a file",
      outputs.overlay.target);
  if (outputs.overlay && !outputs.overlay.is_folder) check_video_name(outputs.overlay.target);
}

void take_shard(const ShardPlan& plan, Inputs& inputs, Outputs& outputs) {
  const auto take = [&](auto& all) {
    if (all.empty()) return;
    std::remove_cvref_t<decltype(all)> own;
    own.reserve(plan.places.size());
    for (const std::size_t place : plan.places) own.push_back(std::move(all[place]));
    all = std::move(own);
  };
  for (OutputKind* kind : {&outputs.features, &outputs.timeline, &outputs.overlay, &outputs.explanation}) {
    const bool is_h5 = kind == &outputs.features && !outputs.ids.empty();  // each shard has one
    if (!kind->is_folder && plan.places.empty() && !is_h5) *kind = {};  // another shard writes this one file
    if (*kind) take(kind->paths);
  }
  take(outputs.ids);
  take(inputs.videos);
  outputs.plan = plan;
}

std::vector<FileLock> lock_outputs(const Outputs& outputs) {
  std::set<fs::path> targets;
  if (!outputs.json.empty() && is_replaceable(outputs.json)) targets.insert(outputs.json);
  for (const OutputKind* output : outputs.asked_for()) {
    if (output->is_folder) {
      make_folder_of(output->target / "video");
      targets.insert(output->target);
    } else if (is_replaceable(output->target)) {
      make_folder_of(output->target);
      targets.insert(output->target);
    }
  }
  std::map<fs::path, fs::path> by_lock;  // two kinds of outputs may share a folder
  for (const fs::path& target : targets) {
    const bool is_shared = target != outputs.json;  // shards have lines of their own
    by_lock.try_emplace(is_shared ? lock_of_shard(lock_file_of(target), outputs) : lock_file_of(target),
                        target);
  }
  std::vector<FileLock> locks;
  locks.reserve(by_lock.size());
  for (const auto& [lock, target] : by_lock) locks.emplace_back(lock, printable(target.native()));
  return locks;
}

}  // namespace c3d
