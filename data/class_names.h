// What a class may be called, and which names people would take for one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/core/printable.h"
#include "engine/core/text.h"

namespace c3d {

// UTF-8 on one line, not blank, without control characters and marks that turn the direction of writing:
// names stand in files of a line each and on terminals.
inline bool is_class_name(std::string_view name) { return !trimmed(name).empty() && printable(name) == name; }

// A note for each set of names that differ in case or in how Unicode spells their letters only; fit for a
// terminal.
std::vector<std::string> similar_class_notes(const std::vector<std::string>& labels);

}  // namespace c3d
