// Which videos of an evaluation a page lists and pictures: it is bounded, so the telling ones come first.
// Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "c3d/report/pages/run_facts.h"

namespace c3d {

inline constexpr std::size_t kWorstVideos = 12, kBestVideos = 6;
inline constexpr std::size_t kPicturesOfCell = 6;   // of the confusion matrix, off its diagonal
inline constexpr std::size_t kPicturesOfClass = 2;  // on it, the least certain

inline constexpr std::size_t kWorstWithHeat = 6, kBestWithHeat = 3;

struct VideoChoice {  // places in RunFacts::videos
  // By the probability of the class that each shows; of label sets by the loss of the video.
  std::vector<std::size_t> worst, best;
  std::vector<std::size_t> pictured;  // at most kMostStrips, those that tell the most first
  std::vector<std::size_t> listed;    // all: `pictured`, then the others, the worst first
};
VideoChoice choose_videos(const RunFacts& facts);

// The worst, then the best videos that get strips of heat, and the labels of these: the likeliest; where the
// video does not show it, what it shows too, of label sets the likeliest label that it shows.
struct HeatChoice {
  std::size_t video = 0;  // of RunFacts::videos
  std::vector<std::size_t> labels;
};
std::vector<HeatChoice> choose_heat(const RunFacts& facts, const VideoChoice& choice);

// Of videos with one label each: videos by (truth, predicted). Empty: with label sets.
using Confusions = std::map<std::pair<int, int>, std::int64_t>;
Confusions confusions_of(const RunFacts& facts);

// How many videos show each label.
std::vector<std::int64_t> videos_of_labels(const RunFacts& facts);

// The cells off the diagonal, those of the most videos first.
using Mistake = std::pair<std::pair<int, int>, std::int64_t>;  // (truth, predicted), videos
std::vector<Mistake> mistakes_of(const Confusions& confusions);

}  // namespace c3d
