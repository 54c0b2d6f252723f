// Recipes: the choices that decide the numbers of each kind of output, from the request and the weights.
#pragma once

#include <string>

#include "c3d/inference/label_request.h"
#include "c3d/inference/origin.h"
#include "engine/core/backend.h"

namespace c3d {

// Labels of clips and videos. weights_digest: SHA-256 of the file. Choices that change rounding alone are
// left out, as a run may go on upon another machine: the device, its threads and kernels (--isa,
// --convolution, --plan, --batch), and the version of this program, which the records name. Outputs of one
// run may so differ in their last bits.
Recipe label_recipe(const LabelRequest& request, const Classifier& classifier, Precision precision,
                    const std::string& weights_digest);
Recipe with_features(Recipe recipe, const LabelRequest& request);
Recipe with_explanation(Recipe recipe, const LabelRequest& request);
Recipe with_labels_shown(Recipe recipe, const LabelRequest& request);

}  // namespace c3d
