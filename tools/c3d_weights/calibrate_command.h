// c3d_weights calibrate: what --precision fp8 needs, into the weights.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>

#include "c3d/weights.h"

namespace c3d {

struct CalibrateArguments {
  std::filesystem::path weights;
  std::string data;
  CalibrationOptions options;
};

// The arguments must live until the options are parsed.
CLI::App* add_calibrate(CLI::App& app, CalibrateArguments& arguments);
int calibrate(const CalibrateArguments& arguments);

}  // namespace c3d
