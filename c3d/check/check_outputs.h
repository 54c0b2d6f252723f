// Where a check may write: over nothing that it reads.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "c3d/check.h"

namespace c3d {

// What each is called, and where it goes; empty: nowhere.
using CheckOutputs = std::vector<std::pair<std::string, std::filesystem::path>>;

// Before any video is read. Error: an output cannot be written; BadRequest: it is another or an input.
void expect_free(const CheckOutputs& outputs, const CheckOptions& options);
// Once they are known. BadRequest: an output is one of the videos.
void expect_no_video(const CheckOutputs& outputs, const CheckReport& report);

}  // namespace c3d
