#include "c3d/check/kinds.h"

#include <algorithm>
#include <array>

#include "engine/core/error.h"

namespace c3d {
namespace {

using enum FindingWeight;

constexpr std::array kKinds = {
    FindingKind{kinds::kTrainingStops, stops_training, "Training would stop"},
    FindingKind{kinds::kAcrossSplit, spoils_results, "Copies that train and validate"},
    FindingKind{kinds::kAcrossClasses, spoils_results, "Copies with different labels"},
    FindingKind{kinds::kSuspect, spoils_results, "Labels that the network doubts"},
    FindingKind{kinds::kEmptyClass, spoils_results, "Classes without training videos"},
    FindingKind{kinds::kUnreadable, may_harm, "Videos that do not decode"},
    FindingKind{kinds::kCutOff, may_harm, "Videos that were cut off"},
    FindingKind{kinds::kDamaged, may_harm, "Videos with errors in them"},
    FindingKind{kinds::kBlack, may_harm, "Black pictures"},
    FindingKind{kinds::kOneColour, may_harm, "Pictures of one colour"},
    FindingKind{kinds::kStill, may_harm, "Still pictures"},
    FindingKind{kinds::kShort, may_harm, "Shorter than a clip"},
    FindingKind{kinds::kUneven, may_harm, "Variable rate"},
    FindingKind{kinds::kPortrait, may_harm, "Portrait"},
    FindingKind{kinds::kLandscape, may_harm, "Landscape"},
    FindingKind{kinds::kTiny, may_harm, "Tiny"},
    FindingKind{kinds::kInterlaced, may_harm, "Interlaced"},
    FindingKind{kinds::kOneGroup, may_harm, "Classes of one group"},
    FindingKind{kinds::kFewGroups, may_harm, "Classes of fewer groups than folds"},
    FindingKind{kinds::kUnequal, may_harm, "Unequal classes"},
    FindingKind{kinds::kCopy, may_harm, "Copies within a class"},
    FindingKind{kinds::kTurned, to_know, "Turned by their file"},
    FindingKind{kinds::kLong, to_know, "Very long"},
    FindingKind{kinds::kOtherRate, to_know, "Another frame rate"},
};

}  // namespace

std::span<const FindingKind> finding_kinds() { return kKinds; }

std::size_t place_of_kind(std::string_view name) {
  const auto* const found = std::ranges::find(kKinds, name, &FindingKind::name);
  expect(found != kKinds.end(), "there is no kind of findings called '{}'", name);
  return static_cast<std::size_t>(found - kKinds.begin());
}

const FindingKind& finding_kind(std::string_view name) { return kKinds.at(place_of_kind(name)); }

std::string_view weight_name(FindingWeight weight) {
  constexpr std::array<std::string_view, 4> kNames = {"stops_training", "spoils_results", "may_harm",
                                                      "to_know"};
  return kNames.at(static_cast<std::size_t>(weight));
}

std::string_view weight_text(FindingWeight weight) {
  constexpr std::array<std::string_view, 4> kTexts = {"stops training", "spoils results", "may harm",
                                                      "good to know"};
  return kTexts.at(static_cast<std::size_t>(weight));
}

std::string weight_count(std::int64_t count, FindingWeight weight) {
  constexpr std::array<std::string_view, 4> kOfSeveral = {"stop training", "spoil results", "may harm",
                                                          "are good to know"};
  constexpr std::array<std::string_view, 4> kOfOne = {"stops training", "spoils results", "may harm",
                                                      "is good to know"};
  return fmt::format("{} {}", count, (count == 1 ? kOfOne : kOfSeveral).at(static_cast<std::size_t>(weight)));
}

}  // namespace c3d
