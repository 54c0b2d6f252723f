// A report as metrics.jsonl says it: one object a line. TensorBoard's scalars and the table of a run's
// metrics are made of the same keys.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/train/report.h"

namespace c3d {

nlohmann::ordered_json metric_json(const StepReport& report);
nlohmann::ordered_json metric_json(const EvaluationReport& report);

}  // namespace c3d
