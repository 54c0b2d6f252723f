// What decides the numbers of each kind of output, from the command line and the weights.
#pragma once

#include <string>

#include "engine/core/backend.h"
#include "tools/c3d_infer/arguments.h"
#include "tools/c3d_infer/origin.h"

namespace c3d {

// Labels of clips and videos. weights_digest: SHA-256 of the file. What changes rounding alone is left out,
// as a run may go on upon another machine: the device, its threads and kernels (--isa, --convolution, --plan,
// --batch), and the version of this program, which the records name. Outputs of one run may so differ in
// their last bits.
Recipe label_recipe(const Arguments& arguments, const Classifier& classifier, Precision precision,
                    const std::string& weights_digest);
Recipe with_features(Recipe recipe, const Arguments& arguments);
Recipe with_labels_shown(Recipe recipe, const Arguments& arguments);

}  // namespace c3d
