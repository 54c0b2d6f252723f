// The request of c3d_infer's command line where it has no command: videos to label.
#pragma once

#include "c3d/inference/label_request.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own
class App;
}

namespace c3d {

void add_label_options(CLI::App& app, LabelRequest& request);
// Where --feature-format says nothing, the ending of --features-out does.
void settle_feature_format(LabelRequest& request, const CLI::App& app);
// What is wrong with them together, and words that were meant for commands of `app`. is_live: what is labelled
// is no VIDEO. Throws CLI::ParseError.
void check_label_options(const LabelRequest& request, bool is_live, const CLI::App& app);

}  // namespace c3d
