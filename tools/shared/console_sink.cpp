#include "tools/shared/console_sink.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <ostream>
#include <utility>

namespace c3d {
namespace {

constexpr double kTerminalSeconds = 0.1;  // between two states of the changing line
constexpr double kPlainSeconds = 10;      // between two lines of a log
constexpr double kRateSeconds = 0.2;      // of work before its rate is said: a shorter time says nothing

}  // namespace

bool is_terminal(std::FILE* stream) { return isatty(fileno(stream)) == 1; }

StatusLine::StatusLine(std::ostream& out, bool terminal, Clock clock)
    : out_(out),
      terminal_(terminal),
      clock_(std::move(clock)),
      shown_at_(-std::numeric_limits<double>::infinity()) {}

StatusLine::~StatusLine() {
  if (open_) out_ << '\n' << std::flush;
}

void StatusLine::clear() {
  if (open_) out_ << "\r\033[K" << std::flush;
  open_ = false;
}

void StatusLine::show(const std::string& text, bool last) {
  const double now = clock_();
  if (!last && now - shown_at_ < (terminal_ ? kTerminalSeconds : kPlainSeconds)) return;
  shown_at_ = now;
  clear();
  out_ << text;
  open_ = terminal_ && !last;
  if (!open_) out_ << '\n';
  out_ << std::flush;
}

void StatusLine::print(const std::string& line) {
  clear();
  out_ << line << '\n' << std::flush;
}

Progress::Progress(std::ostream& out, bool terminal, std::string work, std::string unit, std::int64_t total,
                   Clock clock)
    : clock_(std::move(clock)),
      line_(out, terminal, clock_),
      work_(std::move(work)),
      unit_(std::move(unit)),
      total_(total),
      made_(clock_()),
      rate_from_(made_) {}

void Progress::update(std::int64_t done) {
  const double now = clock_();
  if (is_first_ && now - made_ < kRateSeconds) {
    rate_from_ = now;
    done_before_ = done;
  }
  is_first_ = false;
  done_ = done;
  const double rate = rate_at(now);
  std::string text = fmt::format("{}: {}", work_, done);
  if (total_ > 0) text += fmt::format(" of {} ({} %)", total_, 100 * done / total_);
  if (rate > 0) text += fmt::format(", {:.3g} {}/s", rate, unit_);
  if (rate > 0 && total_ > done) {
    text += fmt::format(", {} left", duration_text(static_cast<double>(total_ - done) / rate));
  }
  line_.show(text);
}

void Progress::finish() {
  const double now = clock_();
  std::string text = fmt::format("{}: {} {} in {}", work_, done_, unit_, duration_text(now - made_));
  if (const double rate = rate_at(now); rate > 0) text += fmt::format(" ({:.3g} {}/s)", rate, unit_);
  line_.show(text, true);
}

double Progress::rate_at(double now) const {
  const double seconds = now - rate_from_;
  return seconds < kRateSeconds ? 0 : static_cast<double>(done_ - done_before_) / seconds;
}

ConsoleSink::ConsoleSink(std::ostream& out, bool terminal, Clock clock)
    : line_(out, terminal, std::move(clock)) {}

void ConsoleSink::on_step(const StepReport& report) {
  const bool last = report.step == report.total_steps;
  line_.show(
      fmt::format("epoch {} step {}/{}  loss {:.4f}  accuracy {:.1f} %  rate {:.2g}  {:.1f} clips/s  {} left",
                  report.epoch + 1, report.step, report.total_steps, report.loss, 100 * report.accuracy,
                  report.learning_rate, report.clips_per_second, duration_text(report.seconds_left)),
      last);
}

void ConsoleSink::on_evaluation(const EvaluationReport& report) {
  if (!report.label_results.empty()) {
    line_.print(fmt::format("epoch {} {}: {} videos, mAP {:.1f} %, loss {:.4f}; {} clips, mAP {:.1f} %; {}",
                            report.epoch + 1, report.split, report.videos,
                            100 * report.mean_average_precision, report.video_loss, report.clips,
                            100 * report.clip_mean_average_precision, duration_text(report.seconds)));
    return;
  }
  line_.print(fmt::format(
      "epoch {} {}: {} videos, top-1 {:.1f} %, top-5 {:.1f} %, loss {:.4f}; {} clips, {:.1f} %; {}",
      report.epoch + 1, report.split, report.videos, 100 * report.top1, 100 * report.top5, report.video_loss,
      report.clips, 100 * report.clip_accuracy, duration_text(report.seconds)));
}

}  // namespace c3d
