#include "tools/c3d_infer/result_lines.h"

#include <fmt/format.h>

#include <iostream>

#include "engine/core/printable.h"
#include "tools/shared/run_main.h"

namespace c3d {
namespace {

constexpr std::size_t kMostFailed = 20;  // said at the end
constexpr double kSilentSeconds = 3;     // of writing an overlay, before its progress is shown

}  // namespace

void OverlayLine::show(const Input& input, std::int64_t written, std::int64_t frames) {
  if (!line_) {
    start_ = steady_seconds();
    line_.emplace(std::cerr, is_terminal(stderr));
  }
  if (steady_seconds() - start_ < kSilentSeconds) return;
  line_->show(
      fmt::format("{}: {} of {} frames of the overlay written", printable(input.name), written, frames));
}

void OverlayLine::clear() {
  if (line_) line_->clear();
  line_.reset();
}

ResultLines::ResultLines(Work& work, const std::vector<std::string>& labels, const Outputs& outputs)
    : work_(work),
      labels_(labels),
      outputs_(outputs),
      people_(outputs.json_to_output ? std::cerr : std::cout),
      progress_(std::cerr, is_terminal(stderr), "labelling", "videos",
                static_cast<std::int64_t>(work.videos().size())) {}

void ResultLines::add(const VideoResult& result) {
  progress_.clear();
  const std::string text = text_line(result, labels_);
  const std::string line = work_.add(static_cast<std::size_t>(done_), result, labels_);
  ++done_;
  if (!result.ok() && ++failed_ <= static_cast<std::int64_t>(kMostFailed)) first_failed_.push_back(text);
  people_ << text << '\n';
  if (outputs_.json_to_output) std::cout << line << '\n';
  expect_output_is_written();
  if (is_terminal(stderr)) progress_.update(done_);
}

void ResultLines::finish() {
  progress_.clear();
  work_.finish();
}

void ResultLines::say_failed() const {
  for (const std::string& line : first_failed_) std::cerr << "  " << line << "\n";
  const std::int64_t more = failed_ - static_cast<std::int64_t>(first_failed_.size());
  if (more == 0) return;
  const bool lines = outputs_.json_to_output || !outputs_.json.empty();
  std::cerr << fmt::format("  and {} more{}\n", more, lines ? ": their lines in --json say why" : "");
}

}  // namespace c3d
