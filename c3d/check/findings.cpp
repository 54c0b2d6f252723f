#include "c3d/check/findings.h"

#include <algorithm>
#include <cctype>
#include <tuple>
#include <utility>

#include "c3d/check/kinds.h"

namespace c3d {

CheckFinding finding(std::string_view kind, const std::filesystem::path& file, std::string text,
                     std::string action) {
  return {.weight = finding_kind(kind).weight,
          .kind = std::string(kind),
          .file = file,
          .text = std::move(text),
          .action = std::move(action)};
}

void sort_findings(Findings& findings) {
  const auto rank = [](const CheckFinding& one) {
    return std::tuple(one.weight, place_of_kind(one.kind), -one.score);
  };
  std::ranges::stable_sort(findings, [&](const CheckFinding& a, const CheckFinding& b) {
    const auto of_a = rank(a), of_b = rank(b);
    return of_a != of_b ? of_a < of_b : a.file.native() < b.file.native();
  });
}

std::string sentence(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".";
}

void find_stops(const Collection& collection, Findings& findings) {
  double order = static_cast<double>(collection.found.stops.size());
  for (const std::string& stop : collection.found.stops) {
    findings.push_back(
        finding(kinds::kTrainingStops, collection.settings.data, stop, "do what it says, then check again"));
    findings.back().score = order--;
  }
}

}  // namespace c3d
