// Labels that a network contradicts with confidence, by numbers alone.
//
// Each class has a bar of its own: the mean probability that the network gives it on the videos that bear it.
// A video is a suspect where another class is over its bar, and over one half, and its own is below its bar
// and far behind. That is confident learning (C. Northcutt, L. Jiang, I. Chuang, "Confident Learning:
// Estimating Uncertainty in Dataset Labels", JAIR 2021): a network that is never sure of a class does not
// accuse by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace c3d {

// What a network says of a video, of the classes of the collection.
struct NetworkOpinion {
  std::vector<std::int32_t> labels;   // that it bears, rising
  std::vector<double> probabilities;  // of each class; negative: the network does not know it
};

struct LabelSuspect {
  std::size_t video = 0;    // place in what was judged
  std::int32_t label = -1;  // that it bears and the network does not see; -1: none (of label sets)
  std::int32_t seen = -1;   // that the network sees and it does not bear; -1: none (of label sets)
  double doubt = 0;         // 0 to 1: how far the probabilities are apart
};

// Of videos with one label each.
std::vector<LabelSuspect> label_suspects(std::span<const NetworkOpinion> videos, std::size_t classes);
// Of videos with any number of labels: each label is judged by itself, against the mean probability on videos
// that bear it and on those that do not, and against `thresholds`. The strongest doubt of each video.
std::vector<LabelSuspect> label_set_suspects(std::span<const NetworkOpinion> videos,
                                             std::span<const double> thresholds);

}  // namespace c3d
