// What is said while videos are labelled: a line for people for each as it is done, the JSON line where
// standard output has those, how far the work is, and at the end which videos failed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "c3d/inference/work.h"
#include "tools/shared/console_sink.h"

namespace c3d {

// The line about an overlay that takes long to write.
class OverlayLine {
 public:
  void show(const Input& input, std::int64_t written, std::int64_t frames);
  void clear();

 private:
  double start_ = 0;  // of this overlay
  std::optional<StatusLine> line_;
};

class ResultLines {
 public:
  // Borrows all of them.
  ResultLines(Work& work, const std::vector<std::string>& labels, const Outputs& outputs);

  void add(const VideoResult& result);  // of the videos of `work`, in their order
  void finish();
  void say_failed() const;  // on stderr, at most some twenty lines

  std::int64_t done() const { return done_; }
  std::int64_t failed() const { return failed_; }

 private:
  Work& work_;
  const std::vector<std::string>& labels_;
  const Outputs& outputs_;
  std::ostream& people_;
  Progress progress_;
  std::int64_t done_ = 0, failed_ = 0;
  std::vector<std::string> first_failed_;
};

}  // namespace c3d
