// What is said of a live run: lines for people, and JSON for programs (docs/live.md has the fields). None has
// a line end.
#pragma once

#include <string>

#include "c3d/live.h"

namespace c3d {

std::string text_line(const LiveWindow& window);
std::string text_line(const LiveAlert& alert);
std::string text_line(const LiveEvent& event);
std::string text_line(const LiveTotals& totals);

std::string json_line(const LiveWindow& window);
std::string json_line(const LiveAlert& alert);
std::string json_line(const LiveEvent& event);
std::string json_line(const LiveTotals& totals);

}  // namespace c3d
