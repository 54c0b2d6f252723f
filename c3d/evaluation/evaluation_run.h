// A whole evaluation, from the request to the last file.
#pragma once

#include <ostream>

#include "c3d/evaluation.h"
#include "c3d/evaluation/evaluation_request.h"

namespace c3d {

// As evaluate() of c3d/evaluation.h. `measuring` hears what the device says while it measures.
Evaluation run_evaluation(const EvaluationRequest& request, const EvaluationCallbacks& callbacks,
                          std::ostream& measuring);

struct JudgedPart {
  std::filesystem::path file;
  std::int64_t videos = 0, failed = 0;
};
// The videos of request.shard, into the file of that shard.
JudgedPart judge_shard(const EvaluationRequest& request, const EvaluationCallbacks& callbacks,
                       std::ostream& measuring);

}  // namespace c3d
