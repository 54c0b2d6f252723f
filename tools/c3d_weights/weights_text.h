// c3d_weights' facts of a file: a table for people, JSON for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "c3d/weights.h"

namespace c3d {

std::string weights_table(const WeightsSummary& weights);
nlohmann::ordered_json weights_json(const WeightsSummary& weights);

}  // namespace c3d
