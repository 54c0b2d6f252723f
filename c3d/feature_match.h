// By which recipe were published features made? Tries the choices that C3D's users differ in, on the video
// and with the weights that the features are of, and says which of them give the same numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "c3d/export.h"
#include "c3d/video_classifier.h"

namespace c3d {

// What a recipe gives beside what was published.
struct RecipeMatch {
  std::vector<std::pair<std::string, std::string>> choices{};  // axis and value: "colours", "bgr"
  double cosine = 0;      // mean over the rows that were compared; of a row's crops each by itself
  double difference = 0;  // ||ours - published|| / ||published||: what a cosine does not see, as scale
  std::vector<std::string> differs{};  // axes whose value is not that of the first match
};

// An axis of which other values give the same numbers on this video, or as near ones.
struct OpenAxis {
  std::string axis;
  std::vector<std::string> also{};  // beside the value of the first match
  bool only_together = false;       // with other values of other such axes, not alone
};

struct FeatureMatch {
  bool found = false;                  // the first of `closest` made them, or one very like it
  bool exact = false;                  // it differs by no more than rounding
  std::vector<RecipeMatch> closest{};  // the best first
  std::vector<OpenAxis> undecided{};   // of the first of them
  std::int64_t rows = 0;               // compared
  std::int64_t recipes = 0;            // tried
  std::string sentence{};              // the answer for people
  std::string recipe{};  // of the first, as JSON, which c3d_infer --recipe takes; also where it is not found
};

inline constexpr std::size_t kMostMatchBatch = 256;  // clips

struct MatchOptions {
  std::string name_map = "auto";    // as NetworkOptions
  std::filesystem::path mean = {};  // a mean cube to try, too
  std::string id = {};    // of the video in an HDF5 file; empty: the video's name, with extension or without
  std::size_t batch = 8;  // clips computed at a time, 1 to kMostMatchBatch
  DeviceOptions device = {};                           // computes in f32, whatever it says
  std::function<void(const std::string&)> progress{};  // called with what is being done
};

// published: .npy [rows, size] or [rows, crops, size], .txt or .csv with a line a row, an HDF5 file of either
// layout, a folder or a file of Caffe's extractor. Error: one of them cannot be read, the table has a size
// that no layer of these weights has, the video's frames take more than 2 GiB.
C3D_API FeatureMatch match_features(const std::filesystem::path& published,
                                    const std::filesystem::path& video, const std::filesystem::path& weights,
                                    const MatchOptions& options = {});

}  // namespace c3d
