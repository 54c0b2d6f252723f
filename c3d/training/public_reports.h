// Between the engine's reports of a run and those that users see.
#pragma once

#include "c3d/training.h"
#include "engine/train/report.h"

namespace c3d {

TrainingStep training_step(const StepReport& report);
TrainingEvaluation training_evaluation(const EvaluationReport& report);
StepReport step_report(const TrainingStep& step);
EvaluationReport evaluation_report(const TrainingEvaluation& evaluation);

}  // namespace c3d
