// What there is to say of a collection, each part by itself. They add to a list, which sort_findings() puts
// in order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "c3d/check.h"
#include "c3d/check/collection.h"

namespace c3d {

using Findings = std::vector<CheckFinding>;
using CountCallback = std::function<void(std::int64_t done, std::int64_t total)>;

// A finding of a kind (kinds.h), with that kind's weight.
CheckFinding finding(std::string_view kind, const std::filesystem::path& file, std::string text,
                     std::string action);
void sort_findings(Findings& findings);
// A text as it begins a sentence, and ends one.
std::string sentence(std::string text);

void find_stops(const Collection& collection, Findings& findings);
// Videos that do not decode, or not whole.
void find_damage(const Collection& collection, Findings& findings);
// Videos whose length, rate, size or pictures are not like those of others.
void find_odd_videos(const Collection& collection, Findings& findings);
// Files of equal bytes, and videos that look alike. `progress` counts files whose bytes are read.
void find_copies(const Collection& collection, const CountCallback& progress, Findings& findings);
// Classes that are too small, or too unequal.
void find_class_problems(const Collection& collection, Findings& findings);

}  // namespace c3d
