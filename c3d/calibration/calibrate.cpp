#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "c3d/calibration/range_observer.h"
#include "c3d/common/device_spec.h"
#include "c3d/common/output_guard.h"
#include "c3d/training/prepared_data.h"
#include "c3d/training/synth_data.h"
#include "c3d/weights.h"
#include "data/clip_loader.h"
#include "engine/core/argument.h"
#include "engine/core/error.h"
#include "engine/io/safetensors.h"
#include "engine/io/whole_file.h"
#include "engine/ops/clip_input.h"
#include "kernels/make_backend.h"
#include "model/model_file.h"
#include "model/weight_layout.h"
#include "weights/formats.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHeadBytes = 4096;  // all that a format is told by
constexpr std::int64_t kMostClips = 1'000'000, kMostOfVideo = 10, kBatch = 8;

// Of c3d_train's settings those that say which videos train, and how they are read.
constexpr std::array<std::string_view, 12> kDataSettings{
    "val",  "root",         "classes",  "group_regex",  "validation_share", "fold",
    "seed", "cache_folder", "cache_gb", "broken_share", "read_timeout",     "loader_threads"};

void say(const CalibrationCallbacks& callbacks, const std::string& line) {
  if (callbacks.note) callbacks.note(line);
}

void expect_not_stopped(const CalibrationCallbacks& callbacks) {
  expect(!callbacks.stop_requested || !callbacks.stop_requested(),
         "the calibration was stopped before its end; the weights are as they were");
}

void expect_safetensors(const fs::path& file) {
  const std::vector<std::byte> head = file_head(file, kHeadBytes);
  const auto readers = weights_readers();
  const auto reader =
      std::ranges::find_if(readers, [&](const WeightsReader& each) { return each.recognizes(head); });
  expect(reader != readers.end() && reader->format == "safetensors",
         "{}: ranges of activations are kept in .safetensors alone: convert the weights first, with "
         "c3d_weights convert",
         file);
}

// Frames as the network was trained on them.
TrainSettings settings_for(const ModelInfo& info, const fs::path& data, const CalibrationOptions& options) {
  const Preprocessing& p = info.preprocessing;
  TrainSettings settings;
  assign(settings, {"data", data.native()});
  for (const auto& [key, value] : options.settings) {
    expect_argument(std::ranges::find(kDataSettings, key) != kDataSettings.end(),
                    "the setting `{}` says nothing of which videos are read; those that do are {}", key,
                    fmt::join(kDataSettings, ", "));
    assign(settings, {key, value});
  }
  settings.label_sets = info.has_label_sets;
  settings.clip_frames = info.network.clip_frames;
  settings.frame_stride = info.frame_stride;
  if (info.fps.is_given()) settings.fps = to_string(info.fps);
  settings.resize = p.resize;
  settings.resize_width = p.resize_width;
  settings.resize_height = p.resize_height;
  settings.crop = info.network.crop;
  settings.crop_top = p.crop_top;
  settings.crop_left = p.crop_left;
  settings.flip = 0;
  settings.batch = kBatch;
  check_settings(settings);
  return settings;
}

// Every n-th video, where there are more than clips.
void thin_out(Dataset& dataset, std::int64_t clips) {
  const std::int64_t count = std::ssize(dataset.videos);
  if (count <= clips) return;
  std::vector<Video> kept;
  kept.reserve(static_cast<std::size_t>(clips));
  for (std::int64_t i = 0; i < clips; ++i) {
    kept.push_back(dataset.videos[static_cast<std::size_t>(i * count / clips)]);
  }
  dataset.videos = std::move(kept);
}

// A network in f32, and what its layers' results come to.
class Calibrator {
 public:
  Calibrator(const NamedTensors& weights, const ModelInfo& info, const DeviceOptions& device)
      : info_(info),
        backend_(make_backend(inference_spec(device))),
        model_(info.network, parameters_),
        observer_(*backend_) {
    check_parameters(model_, parameters_, parameters_of(weights));
    check_finite(weights);
    parameters_.allocate(*backend_, false);
    import_parameters(model_, parameters_, *backend_, parameters_of(weights), parameters_.all_values());
    parameters_.values_changed(*backend_);
  }

  Backend& backend() { return *backend_; }
  // The clips that were read.
  std::int64_t run(BatchSource& source, const ClipSpec& clip, const CalibrationCallbacks& callbacks) {
    ClipInput input = clip_input(info_, source.rows_per_batch());
    input.clip = clip;
    const DeviceMean mean(*backend_, input);
    Tape tape(*backend_, parameters_, Mode::infer);
    const ClipVars vars = record_clip_input(tape, input, mean);
    tape.compile(std::array{model_.forward(tape, vars.clip).logits});
    tape.observe(&observer_);
    std::int64_t done = 0, read = 0;
    source.start_epoch(0);
    while (const Batch* batch = source.next()) {
      expect_not_stopped(callbacks);
      const auto* labels = batch->labels_i32.as<std::int32_t>();
      const std::span rows(labels, static_cast<std::size_t>(batch->labels_i32.count()));
      observer_.count_rows(rows);
      backend_->copy(batch->frames_u8, tape.tensor(vars.frames));
      backend_->copy(batch->crops_i32, tape.tensor(vars.crops));
      backend_->begin_step({});
      tape.forward();
      backend_->synchronize();  // the source fills its memory again
      read += std::ranges::count_if(rows, [](std::int32_t label) { return label >= 0; });
      done += batch->size;
      if (callbacks.calibrating) callbacks.calibrating(done, source.clips_per_epoch());
    }
    return read;
  }
  const ActivationRanges& ranges() const { return observer_.ranges(); }

 private:
  static BackendSpec inference_spec(const DeviceOptions& device) {
    expect_argument(device.precision == "f32", "ranges of activations are measured in f32, not in {}",
                    device.precision);
    BackendSpec spec = backend_spec(device);
    spec.inference = true;
    if (spec.plan.empty()) spec.plan = "fixed";  // the same ranges each time
    return spec;
  }

  const ModelInfo& info_;
  std::unique_ptr<Backend> backend_;
  ParameterStore parameters_;
  C3d model_;
  RangeObserver observer_;
};

}  // namespace

WeightsCalibration calibrate_weights(const fs::path& weights, const fs::path& data,
                                     const CalibrationOptions& options,
                                     const CalibrationCallbacks& callbacks) {
  expect_argument(options.clips >= 1 && options.clips <= kMostClips, "{} clips: there are 1 to {}",
                  options.clips, kMostClips);
  const fs::path file = weights_file(weights);
  expect_safetensors(file);
  OutputGuard guard;
  if (!is_synth(data.native())) guard.add_list(data);
  guard.add_output(file, "the weights");
  expect_writable(file);
  NamedTensors tensors = read_foreign_weights(file, Provenance::leave);
  try {
    const ModelInfo info = model_info(tensors);
    expect(info.preprocessing_known,
           "they do not say how frames are prepared for them: convert them first, with c3d_weights convert "
           "and --profile");
    const TrainSettings settings = settings_for(info, data, options);
    Calibrator calibrator(tensors, info, options.device);
    PreparedData prepared = prepare_data(settings, [&](std::int64_t done, std::int64_t total) {
      expect_not_stopped(callbacks);
      if (callbacks.reading) callbacks.reading(done, total);
    });
    for (const std::string& note : prepared.notes) say(callbacks, "note: " + note);
    thin_out(prepared.train, options.clips);
    const std::int64_t videos = std::ssize(prepared.train.videos);
    ClipSpec clip = prepared.clip;
    clip.clips = static_cast<int>(std::min(kMostOfVideo, (options.clips + videos - 1) / videos));
    ClipLoader loader(calibrator.backend(), prepared.train, clip, loader_options(settings, false),
                      prepared.open);
    WeightsCalibration result{
        .videos = videos, .clips = calibrator.run(loader, clip, callbacks), .ranges = {}};
    expect(result.clips > 0, "{}: not one of its clips could be read", data);
    for (std::size_t i = 0; i < kE4m3Results.size(); ++i) {
      result.ranges.push_back({std::string(kE4m3Results[i]), calibrator.ranges()[i]});
    }
    tensors.metadata()[kActivationRangesKey] = to_text(calibrator.ranges());
    write_safetensors(file, tensors);
    return result;
  } catch (Error& error) {
    error.add_context("while calibrating " + file.string());
    throw;
  }
}

}  // namespace c3d
