// A trained network's doubts about the labels of a collection.
#pragma once

#include "c3d/check/findings.h"

namespace c3d {

// Error: the network tells one label and the videos have sets of them, or the other way round.
void expect_same_kind(const VideoClassifier& classifier, const TrainSettings& settings);

// Adds labels that the network contradicts with confidence (label_suspects.h), and a note about classes that
// it does not know. Returns how many videos it saw. Error: it knows none of the classes. `progress` may throw
// to end it.
std::int64_t find_network_doubts(const Collection& collection, VideoClassifier& classifier,
                                 const ClipOptions& clips, const CountCallback& progress, Findings& findings,
                                 std::vector<std::string>& notes);

}  // namespace c3d
