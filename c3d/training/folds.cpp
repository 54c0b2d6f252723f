#include "c3d/training/folds.h"

#include <numeric>
#include <utility>

#include "c3d/common/bad_request.h"
#include "data/group_folds.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "engine/core/text.h"

namespace c3d {

std::string fold_text(const FoldChoice& choice) { return fmt::format("{}/{}", choice.fold, choice.folds); }

std::optional<FoldChoice> fold_of(const TrainSettings& settings) {
  if (settings.fold.empty()) return std::nullopt;
  const std::string_view text = settings.fold;
  const std::size_t slash = text.find('/');
  FoldChoice choice;
  choice.fold = whole_number(text.substr(0, slash)).value_or(0);
  choice.folds = slash == std::string_view::npos ? 0 : whole_number(text.substr(slash + 1)).value_or(0);
  expect_request(choice.folds >= 2 && choice.fold >= 1 && choice.fold <= choice.folds,
                 "`fold` is `{}`; write the fold and how many there are, 2 or more: 1/5 ... 5/5",
                 settings.fold);
  expect_request(
      settings.val.empty(),
      "folds validate with parts of the training videos, and --val names others: leave one of the two out");
  return choice;
}

Folds split_fold(const FoldChoice& choice, const std::string& group_regex, std::uint64_t seed, Dataset& train,
                 Dataset& validation) {
  const std::vector<std::int32_t> fold_of_video = folds_by_group(train, choice.folds, group_regex, seed);
  Folds folds;
  folds.choice = choice;
  std::vector<Video> all = std::exchange(train.videos, {});
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool validates = fold_of_video[i] == choice.fold - 1;
    (validates ? validation : train).videos.push_back(std::move(all[i]));
    (validates ? folds.of_validation : folds.of_train).push_back(fold_of_video[i]);
  }
  return folds;
}

std::string fold_table(const Folds& folds, const Dataset& train, const Dataset& validation) {
  const auto parts = static_cast<std::size_t>(folds.choice.folds);
  std::vector<std::vector<std::int64_t>> validating(train.labels.size(), std::vector<std::int64_t>(parts, 0));
  const auto count = [&](const Dataset& side, const std::vector<std::int32_t>& fold_of_video) {
    for (std::size_t i = 0; i < side.videos.size(); ++i) {
      const auto fold = static_cast<std::size_t>(fold_of_video[i]);
      for (const std::int32_t label : classes_of(side, side.videos[i]))
        ++validating[static_cast<std::size_t>(label)][fold];
    }
  };
  count(train, folds.of_train);
  count(validation, folds.of_validation);
  std::string table = "class: training + validation videos";
  for (std::size_t fold = 0; fold < parts; ++fold)
    table += fmt::format("{} fold {}", fold == 0 ? " of" : ",", fold + 1);
  for (std::size_t label = 0; label < validating.size(); ++label) {
    const std::vector<std::int64_t>& counts = validating[label];
    const std::int64_t all = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
    table += fmt::format("\n{}:", printable(train.labels[label]));
    for (std::size_t fold = 0; fold < parts; ++fold) {
      table += fmt::format("{} {} + {}", fold == 0 ? "" : ",", all - counts[fold], counts[fold]);
    }
  }
  return table + "\n";
}

}  // namespace c3d
