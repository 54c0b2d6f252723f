// The files that an evaluation writes beside its numbers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "c3d/evaluation.h"
#include "c3d/evaluation/evaluation_numbers.h"
#include "c3d/evaluation/evaluation_request.h"
#include "c3d/report/thumbnails/heat_strips.h"
#include "data/numbering.h"
#include "model/model_file.h"

namespace c3d {

// What the page's pictures may take, which decodes videos again.
inline constexpr double kEvaluationPictureSeconds = 15;

// Error, before any work is done for it: the weights' videos have no such file, or this build draws none.
void expect_possible(const EvaluationRequest& request, const ModelInfo& info);
// All that the request names. `facts` of the videos; `data` as the list says them; `numbering` of the clips'
// frames; `heat` of the page's videos. Returns why files could not be written, a line for each: the others
// are there.
std::vector<std::string> write_files(const EvaluationRequest& request, const Evaluation& evaluation,
                                     const TallyFacts& facts, Dataset data, const Numbering& numbering,
                                     const ProvideHeat& heat, const std::function<bool()>& stopped);

}  // namespace c3d
