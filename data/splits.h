// Which folders train and which validate, where a folder of videos holds the usual ones: train, val, test and
// their other names, in any case.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "data/dataset.h"

namespace c3d {

enum class SplitKind { none, train, validation, test };

// By the folder's name: train, training; val, valid, validation, dev; test, testing; also with "set",
// "split", "data" or "videos" behind, as train_set and TestSet.
SplitKind split_kind(const std::filesystem::path& folder);

struct Sides {
  std::filesystem::path train;                  // for read_dataset()
  std::filesystem::path validation;             // empty: there is none
  std::vector<std::filesystem::path> left_out;  // folders in `train` that are no classes
  std::vector<std::string> notes;               // what was taken for what; fit for a terminal
  bool are_the_same = false;                    // by the files' identity, however they are called
};

// `data`: a folder of classes, a folder of splits, or a list. `validation`: as wanted, or empty to take what
// `data` holds. A folder named like a split is a class where its neighbours are classes, unless it holds
// folders named like them. Error: two folders could be one side; nothing is at `validation`.
Sides find_sides(const std::filesystem::path& data, const std::filesystem::path& validation);

// Pairs of one file on both sides: the same path, links and hard links of it. Files that are not there have
// no pair.
std::vector<std::pair<std::filesystem::path, std::filesystem::path>> shared_videos(const Dataset& train,
                                                                                   const Dataset& validation);

}  // namespace c3d
