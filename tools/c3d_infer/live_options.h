// The options of c3d_infer --live, and what does not go with them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "c3d/inference/label_request.h"
#include "c3d/live.h"

namespace c3d {

struct LiveArguments {
  std::string source;  // empty: videos that end are labelled
  LiveOptions options;
  std::string reconnect;  // a number or "forever"; empty: forever, once frames came
};

void add_live_options(CLI::App& app, LiveArguments& arguments);
// Throws CLI::ParseError where an option is given that is about videos that end, or about live ones alone.
void check_live_options(const LiveArguments& arguments, const CLI::App& app);
// The options of the run, with what other options say of its clips. Error: a window of another length than
// the clips of these weights.
LiveOptions live_options(const LiveArguments& arguments, const LabelRequest& request, const ModelInfo& info);

}  // namespace c3d
