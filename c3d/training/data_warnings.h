// What may be wrong with the videos of a run as they are split, in words for people: what it does, which
// videos, and what to do about it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "c3d/training/folds.h"
#include "data/dataset.h"
#include "data/video_signature.h"

namespace c3d {

using Signatures = std::map<std::filesystem::path, VideoSignature>;

// "a, b, c and 2 more"
std::string a_few(const std::vector<std::string>& names);

// About classes of too few groups to train and validate, of all videos before they are split; empty where
// there are none. With folds, every class should have a group for each; else two.
std::vector<std::string> group_notes(const Dataset& dataset, const std::string& group_regex,
                                     std::int64_t folds);

// About videos that train while copies of them validate; with folds, in any of the folds. Empty where there
// are none.
std::string duplicate_note(const Dataset& train, const Dataset& validation, const std::optional<Folds>& folds,
                           const Signatures& signatures);

}  // namespace c3d
