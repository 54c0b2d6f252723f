#include "data/label_sets.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/core/text.h"

namespace c3d {

std::vector<std::string> split_label_set(std::string_view text) {
  if (trimmed(text) == kNoLabel) return {};
  std::vector<std::string> labels;
  for (bool is_last = false; !is_last;) {
    const std::size_t end = text.find(kLabelSeparator);
    std::string label(trimmed(text.substr(0, end)));
    expect(!label.empty(), "a label is empty: write `path label`, `path label{}label`, or `path {}` for none",
           kLabelSeparator, kNoLabel);
    expect(label != kNoLabel, "`{}` says that there is no label, and stands beside others: take it out",
           kNoLabel);
    expect(std::ranges::find(labels, label) == labels.end(), "the label '{}' stands twice", label);
    labels.push_back(std::move(label));
    is_last = end == std::string_view::npos;
    if (!is_last) text.remove_prefix(end + 1);
  }
  return labels;
}

void expect_listable(const std::string& label) {
  expect(!names_several(label) && label != kNoLabel,
         "the class '{}' cannot be told in a list of label sets, where `{}` parts labels and `{}` says that "
         "there is none: rename it",
         label, kLabelSeparator, kNoLabel);
}

}  // namespace c3d
