// What an evaluation is asked for: which network, which videos, which files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "c3d/inference/label_request.h"
#include "data/dataset.h"

namespace c3d {

struct EvaluationRequest : NetworkRequest {
  std::filesystem::path data;
  ListOptions list;  // label_sets follows from the weights
  std::filesystem::path predictions, confusion, confusion_picture, reliability_picture, page;
  // A part of the videos, judged into the file of a shard beside `json`; or what all shards have judged, in place of judging.
  std::optional<Shard> shard;
  bool merges = false;
  Division division = Division::path;
  std::filesystem::path json;  // which whoever asks writes; empty: none

  // Those that are asked for, by their options.
  std::vector<std::pair<std::string, std::filesystem::path>> outputs() const {
    std::vector<std::pair<std::string, std::filesystem::path>> all = {
        {"--predictions", predictions},
        {"--confusion", confusion},
        {"--confusion-picture", confusion_picture},
        {"--reliability", reliability_picture},
        {"--report", page},
        {"--json", json}};
    std::erase_if(all, [](const auto& output) { return output.second.empty(); });
    return all;
  }
};

}  // namespace c3d
