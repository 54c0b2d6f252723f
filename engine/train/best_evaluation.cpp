#include "engine/train/best_evaluation.h"

#include "engine/core/error.h"

namespace c3d {
namespace {

bool is_better(const EvaluationReport& report, const TrainState& best, BestBy by) {
  const bool less_loss = report.video_loss < best.best_loss;
  switch (by) {
    case BestBy::video_accuracy:
      return report.score() > best.best_top1 || (report.score() == best.best_top1 && less_loss);
    case BestBy::clip_accuracy:
      return report.clip_accuracy > best.best_clip_accuracy ||
             (report.clip_accuracy == best.best_clip_accuracy && less_loss);
    case BestBy::loss:
      return less_loss;
  }
  fail("training: there is no such way to choose the best evaluation");
}

}  // namespace

const char* to_string(BestBy by) {
  switch (by) {
    case BestBy::video_accuracy:
      return "video_accuracy";
    case BestBy::clip_accuracy:
      return "clip_accuracy";
    case BestBy::loss:
      return "loss";
  }
  return "";
}

bool note_evaluation(TrainState& state, const EvaluationReport& report, BestBy by) {
  state.evaluated_step = report.step;
  if (!is_better(report, state, by)) {
    ++state.evaluations_since_best;
    return false;
  }
  state.best_top1 = report.score();
  state.best_clip_accuracy = report.clip_accuracy;
  state.best_loss = report.video_loss;
  state.best_step = report.step;
  state.evaluations_since_best = 0;
  return true;
}

std::string best_text(const TrainState& state, BestBy by) {
  switch (by) {
    case BestBy::video_accuracy:
      return fmt::format("{:.1f} %", 100 * state.best_top1);
    case BestBy::clip_accuracy:
      return fmt::format("{:.1f} % of the clips", 100 * state.best_clip_accuracy);
    case BestBy::loss:
      return fmt::format("a loss of {:.4g}", state.best_loss);
  }
  return "";
}

}  // namespace c3d
