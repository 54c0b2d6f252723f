// The kinds of findings: their names in JSON, their titles, and how heavy each is. In the order in which they
// are shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "c3d/check.h"

namespace c3d {

namespace kinds {
inline constexpr const char *kTrainingStops = "training_stops", *kAcrossSplit = "copy_across_split",
                            *kAcrossClasses = "copy_across_classes", *kSuspect = "label_suspect",
                            *kEmptyClass = "class_without_videos", *kUnreadable = "unreadable",
                            *kCutOff = "cut_off", *kDamaged = "damaged", *kBlack = "black",
                            *kOneColour = "one_colour", *kStill = "still", *kShort = "short",
                            *kUneven = "uneven_rate", *kPortrait = "portrait", *kLandscape = "landscape",
                            *kTiny = "tiny", *kInterlaced = "interlaced", *kOneGroup = "one_group",
                            *kFewGroups = "few_groups", *kUnequal = "unequal_classes", *kCopy = "copy",
                            *kTurned = "turned", *kLong = "long", *kOtherRate = "other_rate";
}  // namespace kinds

struct FindingKind {
  std::string_view name;
  FindingWeight weight;
  std::string_view title;
};
std::span<const FindingKind> finding_kinds();  // in the order
// Error: there is no such kind.
std::size_t place_of_kind(std::string_view name);  // in the order
const FindingKind& finding_kind(std::string_view name);

std::string_view weight_name(FindingWeight weight);                  // "stops_training", for programs
std::string_view weight_text(FindingWeight weight);                  // "spoils results", for people
std::string weight_count(std::int64_t count, FindingWeight weight);  // "2 spoil results"

}  // namespace c3d
