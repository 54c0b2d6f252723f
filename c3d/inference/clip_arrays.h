// Clips in a program's memory through the network: bytes as the frames of videos go, floats as they are. One
// thread drives it, as the classifier, which it borrows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "c3d/inference/classifier.h"
#include "c3d/video_classifier.h"

namespace c3d {

class ClipArrays {
 public:
  explicit ClipArrays(Classifier& classifier) : classifier_(classifier) {}

  // [count, classes]; at most `batch` clips at a time. Error: stop_requested, asked between them, says true.
  std::vector<float> score(const ClipArray& clips, std::size_t batch,
                           const std::function<bool()>& stop_requested);

 private:
  struct Program {  // that starts where the frames are prepared, for one number of clips
    Program(Backend& backend, const ParameterStore& parameters) : tape(backend, parameters, Mode::infer) {}
    Tape tape;
    Var clips, probabilities;
  };
  Program& program(std::int64_t clips);
  std::vector<float> score_values(const ClipArray& clips);
  std::vector<float> score_bytes(const ClipArray& clips);

  Classifier& classifier_;
  std::map<std::int64_t, std::unique_ptr<Program>> programs_;  // the full batch and a last, smaller one
};

}  // namespace c3d
