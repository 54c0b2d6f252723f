// What a TrainSession does where it is one of several.
#include "c3d/training/train_session.h"

namespace c3d {

RunEnd TrainSession::follow(const std::function<bool()>& stop_requested) {
  TrainHooks hooks;
  hooks.stop_requested = [&] {
    watch_failures([](const std::string&) {});
    return too_many_failures_ || stop_requested();
  };
  ranks_.expect_steps(true);
  const RunEnd end = trainer_->run(*train_, validation_.get(), hooks);
  ranks_.expect_steps(false);
  if (too_many_failures_) throw Error(*too_many_failures_);
  return end;
}

void TrainSession::follow_lead() {
  if (ranks_.is_alone()) return;
  trainer_->follow_lead();
  if (!backend_.measures()) return;
  // Ranks that measured for themselves would differ in the last bits.
  if (ranks_.leads()) trainer_->measure(*train_, validation_.get());
  const std::string plan = broadcast_text(ranks_, backend_.plan());
  if (!ranks_.leads() && !plan.empty()) backend_.add_plan(plan);
}

}  // namespace c3d
