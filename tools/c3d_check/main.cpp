// c3d_check: what is wrong with these videos, before a network is trained on them?

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "c3d/check.h"
#include "c3d/check/check_outputs.h"
#include "c3d/common/duration.h"
#include "c3d/common/output_names.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "engine/io/atomic_file.h"
#include "tools/c3d_check/arguments.h"
#include "tools/shared/console_sink.h"
#include "tools/shared/interrupt.h"
#include "tools/shared/run_main.h"
#include "tools/shared/tool_mains.h"

namespace c3d {
namespace {

constexpr std::chrono::seconds kPatience{2};  // with work that has been told to stop

// One line after the other, each for a part of the work. Those beside the reading of videos are shown where
// they take their time.
class ProgressLines {
 public:
  CheckCallbacks callbacks(const Interrupt& signals) {
    return {.reading = line("reading videos", "videos", 0),
            .comparing = line("comparing files of equal size", "files", kSilentSeconds),
            .labelling = line("asking the network", "videos", 0),
            .drawing = line("drawing the page", "videos", kSilentSeconds),
            .stop_requested = [&signals] { return signals.received() != 0; }};
  }

 private:
  static constexpr double kSilentSeconds = 2;

  std::function<void(std::int64_t, std::int64_t)> line(std::string work, std::string unit, double silent) {
    return [this, silent, work = std::move(work), unit = std::move(unit)](std::int64_t done,
                                                                          std::int64_t total) {
      if (!begun_) begun_ = steady_seconds();
      if (!progress_ && steady_seconds() - *begun_ >= silent) {
        progress_ = std::make_unique<Progress>(std::cerr, is_terminal(stderr), work, unit, total);
      }
      if (progress_) progress_->update(done);
      if (done < total) return;
      if (progress_) progress_->finish();
      progress_.reset();
      begun_.reset();
    };
  }

  std::optional<double> begun_;  // the part that is at work
  std::unique_ptr<Progress> progress_;
};

CheckOutputs outputs_of(const CheckArguments& a) {
  CheckOutputs outputs = {{"--html", a.options.page}};
  if (!a.prints_json()) outputs.emplace_back("--json", a.json);
  return outputs;
}

int check(const CheckArguments& a) {
  // Signals are watched before any thread exists.
  const Interrupt signals([] { return std::string("c3d_check: stopping"); }, kPatience);
  expect_free(outputs_of(a), check_options(a));
  expect_ending("--html", a.options.page, {".html", ".htm"});
  if (!a.prints_json()) expect_ending("--json", a.json, {".json", ".jsonl", ".txt"});
  ProgressLines progress;
  CheckReport report;
  try {
    report = check_videos(check_options(a), progress.callbacks(signals));
  } catch (const Error&) {
    if (signals.received() != 0) return 128 + signals.received();
    throw;
  }
  // The text first: a file that cannot be written does not take it away.
  print(a.prints_json() ? check_json(report) : check_text(report));
  expect_no_video(outputs_of(a), report);
  if (!a.json.empty() && !a.prints_json()) write_file(a.json, check_json(report));
  if (!report.page_error.empty()) fail("{}", Lines{report.page_error});
  if (!a.options.page.empty()) {
    std::cerr << "the page: " << printable(a.options.page.native()) << std::endl;
  }
  return report.stops.empty() ? 0 : 1;
}

}  // namespace
}  // namespace c3d

int c3d::tools::check_main(int argc, char** argv) {
  CLI::App app("Looks at a collection of videos before a network is trained on it.", "c3d_check");
  c3d::CheckArguments arguments;
  c3d::add_check_options(app, arguments);
  return c3d::run_main(app, argc, argv, [&] { return c3d::check(arguments); });
}
