// What a person sees of long work. On a terminal one line that is written over; elsewhere plain lines, seldom
// enough for a log. One thread writes to one stream at a time.
#pragma once

#include <cstdio>
#include <functional>
#include <iosfwd>
#include <string>

#include "c3d/common/duration.h"
#include "engine/train/report.h"

namespace c3d {

// Seconds since some fixed moment; tests give their own.
using Clock = std::function<double()>;

bool is_terminal(std::FILE* stream);

// The line that changes. On a terminal show() writes over what it showed before; elsewhere it writes a new
// line when the last is old enough.
class StatusLine {
 public:
  StatusLine(std::ostream& out, bool terminal, Clock clock = steady_seconds);
  ~StatusLine();  // leaves the cursor on an empty line

  // `last`: shown whatever the time, and kept.
  void show(const std::string& text, bool last = false);
  // Writes a line that stays, above the one that changes.
  void print(const std::string& line);
  // Takes the changing line away: another stream is about to write to the same terminal.
  void clear();

 private:
  std::ostream& out_;
  bool terminal_;
  Clock clock_;
  double shown_at_;
  bool open_ = false;  // the cursor stands behind a status line
};

// "decoding videos: 12 of 228 (5 %), 8.1 videos/s, 27 s left". The rate and what follows from it are said once
// some time has passed. Of a first update that comes at once, nobody knows how long its work took: the rate
// counts from there on.
class Progress {
 public:
  // total 0: not known, no time left is said.
  Progress(std::ostream& out, bool terminal, std::string work, std::string unit, std::int64_t total,
           Clock clock = steady_seconds);
  void update(std::int64_t done);
  void finish();  // writes the final line, with the whole time
  void print(const std::string& line) { line_.print(line); }
  void clear() { line_.clear(); }

 private:
  double rate_at(double now) const;  // 0: too early to say

  Clock clock_;
  StatusLine line_;
  std::string work_, unit_;
  std::int64_t total_, done_ = 0, done_before_ = 0;  // done_before_: when the rate began to count
  double made_, rate_from_;
  bool is_first_ = true;  // update() was not called yet
};

// The progress of training, and each evaluation in a line that stays.
class ConsoleSink : public MetricSink {
 public:
  ConsoleSink(std::ostream& out, bool terminal, Clock clock = steady_seconds);
  void on_step(const StepReport& report) override;
  void on_evaluation(const EvaluationReport& report) override;
  void print(const std::string& line) { line_.print(line); }

 private:
  StatusLine line_;
};

}  // namespace c3d
