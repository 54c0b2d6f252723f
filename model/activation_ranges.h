// How large the values become that `--precision fp8` keeps in 8 bits: what the scale of each such tensor
// follows from. `c3d_weights calibrate` measures them over training clips and writes them into the weights'
// metadata. Plain values.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace c3d {

// The layers whose results are e4m3 in fp8, of convolutions after the pool that follows. conv1's, fc7's and
// the logits are bf16.
inline constexpr std::array<std::string_view, 8> kE4m3Results{"conv2",  "conv3a", "conv3b", "conv4a",
                                                              "conv4b", "conv5a", "conv5b", "fc6"};

// Of those after ReLU, by kE4m3Results: none is larger, or a given share of all. 0 where all are 0.
using ActivationRanges = std::array<float, kE4m3Results.size()>;

// The place of a layer in kE4m3Results; nullopt: its results are not e4m3.
std::optional<std::size_t> e4m3_result(std::string_view layer);

// The key of weights' metadata, and its text: a JSON object with a number for each layer.
inline constexpr const char* kActivationRangesKey = "fp8_activation_ranges";
std::string to_text(const ActivationRanges& ranges);
// Error: this is no such text.
ActivationRanges parse_activation_ranges(const std::string& text);

// The power of two by which values up to `largest` are divided to fit into e4m3: they are then 224 to 448.
// Dividing by it and multiplying with it round nothing. 1 for 0.
float e4m3_scale(float largest);

}  // namespace c3d
