#include "engine/core/nearest.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "engine/core/text.h"

namespace c3d {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Distances of prefixes of a to every prefix of b: of the prefix at hand, and those one and two shorter.
  std::vector<std::size_t> row(b.size() + 1), before(b.size() + 1), earlier(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::swap(earlier, before);
    std::swap(before, row);
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = before[j] + (a[i] == b[j] ? 0 : 1);
      row[j + 1] = std::min({substituted, row[j] + 1, before[j + 1] + 1});
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j])
        row[j + 1] = std::min(row[j + 1], earlier[j - 1] + 1);
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  std::string best;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const std::string& candidate : candidates) {
    // The lengths' difference bounds the distance from below.
    const std::size_t longer = std::max(word.size(), candidate.size());
    if (longer - std::min(word.size(), candidate.size()) >= least) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

bool is_near(std::string_view word, std::string_view candidate) {
  return edit_distance(lower_ascii(word), lower_ascii(candidate)) <= 1 + candidate.size() / 5;
}

}  // namespace c3d
