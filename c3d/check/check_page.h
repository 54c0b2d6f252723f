// The report of a check as one HTML page that needs nothing else. Pure functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "c3d/check.h"
#include "c3d/check/check_pictures.h"

namespace c3d {

// Of which the page shows pictures, those that are named by findings first: a few hundred, so that a page
// does not grow with the collection. Some stand there twice, or do not decode.
std::vector<std::filesystem::path> pictured_videos(const CheckReport& report);
// Of videos without a picture the page shows the name alone.
std::string check_page(const CheckReport& report, const FrameStrips& pictures);

}  // namespace c3d
