// Time on the clock, and how people read it.
#pragma once

#include <string>

namespace c3d {

double steady_seconds();  // since some fixed moment
// "4 s", "2:05 min", "1:02 h": short, for people.
std::string duration_text(double seconds);

}  // namespace c3d
