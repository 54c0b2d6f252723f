// The candidate that looks most like a word, for errors that say "did you mean". Edit distance of Levenshtein
// (1966), insertions, deletions, substitutions, and with Damerau (1964) swaps of two letters side by side.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace c3d {

// The first of the nearest; empty when there are no candidates.
std::string nearest(std::string_view word, std::span<const std::string> candidates);
// Whether the word looks like a slip of the pen for the candidate: capitals do not count, nor does one change
// for each five letters of the candidate, and one more.
bool is_near(std::string_view word, std::string_view candidate);

}  // namespace c3d
