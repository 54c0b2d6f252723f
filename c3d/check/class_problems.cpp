// Classes that are too small, or too unequal. Which they are, data_warnings.h says to training, too.
#include "c3d/check/findings.h"
#include "c3d/check/kinds.h"
#include "c3d/training/data_warnings.h"
#include "c3d/training/read_sides.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"

namespace c3d {
namespace {

class ClassProblems {
 public:
  ClassProblems(const Collection& collection, Findings& findings)
      : collection_(collection), train_(collection.data.train), findings_(findings) {}

  void find_groups() {
    const std::int64_t folds = collection_.data.folds ? collection_.data.folds->choice.folds : 0;
    const GroupShortage shortage =
        group_shortage(collection_.whole(), group_regex_of(collection_.settings), folds);
    for (const std::size_t label : shortage.lonely) {
      add(kinds::kOneGroup, label,
          fmt::format("is of the class {}, which has one group of videos: it is never split, so that none {}",
                      name(label), folds > 0 ? "trains where it validates" : "validates"),
          "add videos of other groups, or say with --group-regex what a group is");
    }
    for (const std::size_t label : shortage.few) {
      add(kinds::kFewGroups, label,
          fmt::format("is of the class {}, which has fewer groups of videos than the {} folds, so that in "
                      "some folds none validates",
                      name(label), folds),
          "take fewer folds, or add videos of other groups");
    }
  }

  void find_sizes() {
    const ClassSizes sizes = class_sizes(train_);
    for (const std::size_t label : sizes.empty) {
      add(kinds::kEmptyClass, label,
          fmt::format("the class {} has no video that trains, and will never be predicted", name(label)),
          "add videos of it, or take the class out");
    }
    if (!sizes.empty.empty() || !sizes.unequal) return;
    const std::vector<std::int64_t> counts = videos_of_classes(train_);
    add(kinds::kUnequal, sizes.smallest,
        fmt::format("is of the class {}, of which {} train, of {} {}: accuracy alone flatters large classes",
                    name(sizes.smallest), counts[sizes.smallest], name(sizes.largest), counts[sizes.largest]),
        "add videos of small classes, or set balance or class_weights");
    findings_.back().others.push_back(collection_.example_of(sizes.largest));
  }

 private:
  std::string name(std::size_t label) const { return printable(train_.labels[label]); }
  void add(const char* kind, std::size_t label, std::string text, std::string action) {
    findings_.push_back(finding(kind, collection_.example_of(label), std::move(text), std::move(action)));
  }

  const Collection& collection_;
  const Dataset& train_;
  Findings& findings_;
};

}  // namespace

void find_class_problems(const Collection& collection, Findings& findings) {
  if (collection.videos.empty()) return;
  ClassProblems problems(collection, findings);
  DataInspection said;  // what an expression of groups has wrong was found when the videos were split
  if (collection.found.is_split_by_group) judge(&said, [&] { problems.find_groups(); });
  if (!collection.data.train.has_label_sets) problems.find_sizes();
}

}  // namespace c3d
