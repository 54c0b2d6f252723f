// What training shows the network, for a person to look at before it trains.
#pragma once

#include <filesystem>
#include <string>

#include "c3d/training/prepared_data.h"

namespace c3d {

// Draws the first clips of the first epoch, as the loader gives them with these settings: of each a few
// frames, its class, and what it drew in words. The bytes of a PNG. Error: a video that cannot be read.
std::string clips_png(const TrainSettings& settings, const PreparedData& data);
// The same into a file. Error: it cannot be written, too.
void show_clips(const TrainSettings& settings, const PreparedData& data, const std::filesystem::path& png);

}  // namespace c3d
