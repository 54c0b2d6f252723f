// Labels of a list's videos where each may have several, or none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace c3d {

// Between the labels of a video, `walk|wave`; in place of a label, that it shows none of them.
inline constexpr char kLabelSeparator = '|';
inline constexpr std::string_view kNoLabel = "-";

inline bool names_several(std::string_view text) { return text.find(kLabelSeparator) != text.npos; }

// The labels that `text` names, without the blanks around them, in its order. Error, without file and line:
// one is empty or stands twice.
std::vector<std::string> split_label_set(std::string_view text);

// Error: a list could not say `label`.
void expect_listable(const std::string& label);

}  // namespace c3d
