// GPUs that are only described to cuDNN (h200.json, and an H100 made from it), and the convolutions of C3D of width 1 whose
// plans are asked for.
#pragma once

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "catch.h"
#include "kernels/cuda/conv_plan.h"

namespace c3d::cuda {

struct Layer {
  const char* name;
  std::int64_t d, h, w, channels, filters;
};
inline constexpr std::array<Layer, 8> kLayers{{{"conv1", 16, 112, 112, 8, 64},
                                               {"conv2", 16, 56, 56, 64, 128},
                                               {"conv3a", 8, 28, 28, 128, 256},
                                               {"conv3b", 8, 28, 28, 256, 256},
                                               {"conv4a", 4, 14, 14, 256, 512},
                                               {"conv4b", 4, 14, 14, 512, 512},
                                               {"conv5a", 2, 7, 7, 512, 512},
                                               {"conv5b", 2, 7, 7, 512, 512}}};
inline std::string text_of(const char* file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// The cards of one chip differ in their memory and its clocks.
inline std::string h100_of(const std::string& h200) {
  nlohmann::json card = nlohmann::json::parse(h200);
  card["deviceName"] = "NVIDIA H100 80GB HBM3";
  card["totalGlobalMem"] = 85027979264;
  card["memClockRateKHz"] = 2619000;
  card["l2CacheSize"] = 52428800;
  return card.dump();
}

struct Gpus {
  std::string h200_json = text_of(C3D_SOURCE_DIR "/tests/cuda/h200.json");
  CudnnTarget h200{h200_json}, h100{h100_of(h200_json)};
};

// A test case runs for one after the other.
inline const CudnnTarget& gpu() {
  static const Gpus gpus;
  return std::string(GENERATE("H200", "H100")) == "H200" ? gpus.h200 : gpus.h100;
}

}  // namespace c3d::cuda
