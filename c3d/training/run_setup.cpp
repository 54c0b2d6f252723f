#include "c3d/training/run_setup.h"

#include <system_error>

#include "c3d/common/bad_request.h"
#include "c3d/common/output_guard.h"
#include "c3d/common/output_names.h"
#include "c3d/common/plan_file.h"
#include "c3d/training/resolved_run.h"
#include "c3d/training/shipped_start.h"
#include "c3d/training/synth_data.h"
#include "c3d/training/tensorboard_log.h"
#include "data/folder_walk.h"
#include "engine/core/error.h"
#include "engine/io/file.h"

namespace c3d {

BackendSpec backend_spec(const TrainSettings& settings) {
  BackendSpec spec;
  spec.device = settings.device;
  spec.precision = settings.precision;
  spec.threads = static_cast<int>(settings.threads);
  spec.direct_convolution = settings.direct_convolution;
  spec.instruction_set = settings.isa;
  spec.plan = settings.plan;
  spec.max_packed_bytes = static_cast<std::size_t>(settings.memory) * 1'000'000;
  spec.graphs = settings.graphs;
  return spec;
}

bool computes_on_host(Backend& backend) {
  return backend.allocate(sizeof(float), MemoryKind::device).tensor({1}, DType::f32).memory_kind() ==
         MemoryKind::host;
}

void check_outputs(const RunRequest& request, const RunFolder& folder, const TrainSettings& settings) {
  OutputGuard guard;
  // A run that goes on needs those weights no more.
  const auto motion = settings.init == kMotionStart ? find_motion_start() : std::nullopt;
  guard.add_input(motion.value_or(settings.init), "the starting weights");
  guard.add_input(settings.mean_file, "the mean file");
  guard.add_input(settings.classes, "the list of classes");
  for (const std::string& data : {settings.data, settings.val}) {
    if (!is_synth(data)) guard.add_list(data);
  }
  if (!request.resume) guard.add_input(request.config, "the settings");
  if (is_plan_file(settings.plan)) guard.add_output(settings.plan, "--plan");
  guard.add_output(request.show_clips, "--show-clips");
  expect_ending("--show-clips", request.show_clips, {".png"});
  expect_writable(request.show_clips);
  std::error_code absent;
  for (std::filesystem::directory_iterator entry(folder.path(), absent), end; !absent && entry != end;
       entry.increment(absent)) {
    expect_request(!is_video_name(entry->path()),
                   "{}: this folder holds videos, such as {}; a run's folder is no class: choose another "
                   "--out",
                   folder.path(), entry->path().filename());
  }
  for (const std::filesystem::path& file : folder.files()) guard.add_output(file, "--out: its file");
  const std::filesystem::path events = event_folder(settings, folder);
  if (events.empty() || request.only_looks()) return;
  expect(event_files(events).empty() || request.resume,
         "{}: there are event files of another run in this folder, and TensorBoard would show both as one: "
         "choose another folder for --tensorboard",
         events);
}

void expect_no_video(const RunRequest& request, const TrainSettings& settings, const PreparedData& data) {
  OutputGuard guard;
  for (const Dataset* side : {&data.train, &data.validation}) {
    for (const Video& video : side->videos) guard.add_input(video.path, "the video");
  }
  if (is_plan_file(settings.plan)) guard.add_output(settings.plan, "--plan");
  guard.add_output(request.show_clips, "--show-clips");
}

void expect_apart_from_data(const RunRequest& request) {
  const auto out = file_identity(request.out);
  if (!out) return;
  for (const auto& [key, value] : assignments_of(request)) {
    if ((key != "data" && key != "val") || is_synth(value)) continue;
    expect_request(file_identity(value) != out,
                   "--out {}: this is the folder of the videos (--{}), and a run's folder is its own: give "
                   "another, such as runs/first",
                   request.out, key);
  }
}

}  // namespace c3d
