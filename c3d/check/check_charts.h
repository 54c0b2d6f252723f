// Histograms of a collection's numbers for the page of a check.
#pragma once

#include <string>

#include "c3d/check.h"

namespace c3d {

// HTML of figures: lengths, rates, brightness, contrast and motion; empty where no video decodes.
std::string check_charts(const CheckReport& report);

}  // namespace c3d
