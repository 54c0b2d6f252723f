// The candidate that looks most like a word, for errors that say "did you mean". Edit distance of Levenshtein
// (1966): insertions, deletions, substitutions.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace c3d {

// The first of the nearest; empty when there are no candidates.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace c3d
