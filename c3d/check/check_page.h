// The report of a check as one HTML page that needs nothing else.
#pragma once

#include <filesystem>

#include "c3d/check/collection.h"
#include "c3d/check/findings.h"

namespace c3d {

// `progress` counts videos whose frames are read for their pictures, and may throw to end it. Error: the page
// cannot be written.
void write_check_page(const std::filesystem::path& html, const CheckReport& report,
                      const Collection& collection, const CountCallback& progress);

}  // namespace c3d
