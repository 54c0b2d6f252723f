// What is said of a video: a line for people, a line of JSON for machines.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "c3d/inference/origin.h"

namespace c3d {

struct ClipResult {
  std::int64_t first_frame = 0;
  double start_seconds = 0, end_seconds = 0;
  int label = -1;  // the likeliest class
  double probability = 0;
  std::vector<std::pair<int, double>>
      shown{};  // of label sets: class and probability of those that are there
};

struct VideoResult {
  std::string file;
  std::string error;  // not empty: the video failed
  std::int64_t frames = 0;
  double fps = 0, seconds = 0;
  std::vector<std::pair<int, double>> labels;  // class and probability, as select_labels() orders them
  // Of label sets: the threshold of each of `labels`, and how many of them, the first ones, are above theirs.
  std::vector<double> thresholds;
  std::size_t shown = 0;
  std::vector<ClipResult> clips;
  std::vector<std::vector<float>> clip_probabilities{};  // of all classes, where they are kept
  std::vector<std::string> warnings;

  bool ok() const { return error.empty(); }
  bool has_label_sets() const { return !thresholds.empty(); }
};

// One object, without line ends. names: of the classes, by index. origin: the recipe (`made_by`) and the file
// (`source`) that it comes from. Names of files are spelled as engine/io/json_text.h says.
std::string json_line(const VideoResult& result, const std::vector<std::string>& names,
                      const Origin* origin = nullptr);
// "a.avi: punching 87.3 %, kicking 5.1 % (108 frames, 3.6 s)": one line, fit for a terminal. Of label sets
// "a.avi: walking 91.0 %, waving 64.2 %; below their thresholds: running 12.3 % (108 frames, 3.6 s)", or
// "none above its threshold" in place of those that are there.
std::string text_line(const VideoResult& result, const std::vector<std::string>& names);

}  // namespace c3d
