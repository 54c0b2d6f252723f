// Options that every command of c3d_infer has which asks a network: its weights, its clips, its device.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>

#include "c3d/inference/label_request.h"

namespace c3d {

// Of a number that the network's model has a range for.
std::uint64_t largest_of(const char* key);

// --weights, --map, --pool5, --profile, --mean
void add_weights_options(CLI::App& app, NetworkRequest& request);
// --clips, --window, --step, --frame-stride, --crops, --fps, --numbering, --read-timeout
void add_clip_options(CLI::App& app, NetworkRequest& request);
// --device ... of device_options.h, --batch, --readers and --decode
void add_device_and_batch_options(CLI::App& app, NetworkRequest& request);

}  // namespace c3d
