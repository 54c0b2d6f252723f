#include "tools/c3d_weights/calibrate_command.h"

#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <utility>

#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "tools/shared/console_sink.h"
#include "tools/shared/device_options.h"
#include "tools/shared/interrupt.h"
#include "tools/shared/option_checks.h"
#include "tools/shared/run_main.h"
#include "tools/shared/training_flags.h"

namespace c3d {
namespace {

constexpr std::chrono::seconds kPatience{2};  // with work that has been told to stop
constexpr std::uint64_t kMostClips = 1'000'000;

// A line of its own for each part of the work.
class CalibrationLine {
 public:
  CalibrationLine(std::string work, std::string unit) : work_(std::move(work)), unit_(std::move(unit)) {}
  void update(std::int64_t done, std::int64_t total) {
    if (is_over_) return;
    if (!progress_) {
      progress_ = std::make_unique<Progress>(std::cerr, is_terminal(stderr), work_, unit_, total);
    }
    progress_->update(done);
    is_over_ = done >= total;
    if (is_over_) progress_->finish();
  }

 private:
  std::string work_, unit_;
  std::unique_ptr<Progress> progress_;
  bool is_over_ = false;
};

}  // namespace

CLI::App* add_calibrate(CLI::App& app, CalibrateArguments& a) {
  CLI::App* calibrate = app.add_subcommand(
      "calibrate", "measures on training videos what --precision fp8 needs, and writes it into the weights");
  calibrate->add_option("WEIGHTS", a.weights, "a .safetensors; its metadata get the ranges")->required();
  calibrate
      ->add_option("--data", a.data, "what c3d_train takes: a folder with a folder per class, a list ...")
      ->required();
  for (const TrainingFlag& flag : data_flags()) add_training_flag(*calibrate, flag, a.options.settings);
  calibrate->add_option("--clips", a.options.clips, "about so many, spread over the training videos")
      ->capture_default_str()
      ->check(whole_number_within(1, kMostClips));
  add_device_option(*calibrate, a.options.device.device);
  add_threads_option(*calibrate, a.options.device.threads);
  return calibrate;
}

int calibrate(const CalibrateArguments& a) {
  // Signals are watched before any thread exists.
  const Interrupt signals([] { return std::string("c3d_weights: stopping"); }, kPatience);
  CalibrationLine reading("reading videos", "videos"), calibrating("calibrating", "clips");
  const CalibrationCallbacks callbacks{
      .reading = [&](std::int64_t done, std::int64_t total) { reading.update(done, total); },
      .calibrating = [&](std::int64_t done, std::int64_t total) { calibrating.update(done, total); },
      .note = [](const std::string& line) { std::cerr << printable_lines(line) << std::endl; },
      .stop_requested = [&] { return signals.received() != 0; }};
  WeightsCalibration result;
  try {
    result = calibrate_weights(a.weights, a.data, a.options, callbacks);
  } catch (const Error&) {
    if (signals.received() != 0) return 128 + signals.received();
    throw;
  }
  std::string lines =
      fmt::format("largest values over {} clips of {} videos:\n", result.clips, result.videos);
  for (const auto& [layer, largest] : result.ranges) lines += fmt::format("  {:6}  {:.6g}\n", layer, largest);
  print(lines);
  return 0;
}

}  // namespace c3d
