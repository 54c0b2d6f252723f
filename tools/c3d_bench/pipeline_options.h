// The options of --pipeline.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/c3d_bench/pipeline_bench.h"

namespace c3d {

// --pipeline, --readers, --window, --step and --no-network.
void add_pipeline_options(CLI::App& app, PipelineRequest& request);

}  // namespace c3d
