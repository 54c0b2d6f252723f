// The request of c3d_infer's command line.
#pragma once

#include "c3d/inference/label_request.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own
class App;
}

namespace c3d {

void add_options(CLI::App& app, LabelRequest& request);
// What is wrong with them together. Throws CLI::ParseError.
void check_arguments(const LabelRequest& request);

}  // namespace c3d
