// What c3d_infer --live does.
#pragma once

#include "c3d/inference/label_request.h"
#include "tools/c3d_infer/live_options.h"

namespace c3d {

int run_live_command(const LiveArguments& arguments, const LabelRequest& request);

}  // namespace c3d
