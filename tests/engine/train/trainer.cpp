#include "engine/train/trainer.h"

#include "catch.h"
#include "tests/engine/train/small_run.h"

using namespace c3d;

TEST_CASE("training learns what can be learnt") {
  TrainConfig config = small_config(60);
  config.validate_every = 25;
  Run run(config);
  ColourSource train(20, 6), validation(18, 5, 2);
  std::vector<bool> best;
  TrainHooks hooks;
  hooks.evaluated = [&](const EvaluationReport&, bool is_best) { best.push_back(is_best); };
  CHECK(run.trainer.run(train, &validation, hooks) == RunEnd::finished);
  REQUIRE(run.log.steps.size() == 60);
  CHECK(run.log.steps.front().loss > 0.8);
  CHECK(run.log.steps.back().loss < 0.3);
  CHECK(run.log.steps.back().epoch == 14);
  CHECK(run.log.steps.back().gradient_norm > 0);
  REQUIRE(run.log.evaluations.size() == 3);  // after 25, 50 and 60 steps
  CHECK(run.log.evaluations.back().step == 60);
  CHECK(run.log.evaluations.back().videos == 9);
  CHECK(run.log.evaluations.back().clips == 18);
  CHECK(run.log.evaluations.back().top1 == 1);
  CHECK(best.front());
  CHECK(run.trainer.state().best_top1 == 1);
}

TEST_CASE("a stop saves and the evaluation it left out comes first on resume") {
  TrainConfig config = small_config(8);
  config.validate_every = 4;
  ColourSource train(12, 6), validation(9, 6);
  Run run(config);
  int saved = 0;
  TrainHooks hooks;
  hooks.save = [&] { ++saved; };
  hooks.stop_requested = [&] { return run.trainer.state().step == 4; };
  CHECK(run.trainer.run(train, &validation, hooks) == RunEnd::stopped);
  CHECK(saved == 1);
  CHECK(run.log.evaluations.empty());
  hooks.stop_requested = nullptr;
  CHECK(run.trainer.run(train, &validation, hooks) == RunEnd::finished);
  CHECK(run.log.evaluations.size() == 2);
  CHECK(saved == 2);
  CHECK(run.trainer.run(train, &validation, hooks) == RunEnd::finished);  // nothing is left to do
  CHECK(run.log.evaluations.size() == 2);
  CHECK(saved == 2);
}

TEST_CASE("three parts of two clips learn what one of six does") {
  TrainConfig config = small_config(9);
  Run whole(config);
  ColourSource sixes(16, 6);  // the last step of an epoch has 4 clips
  whole.trainer.run(sixes, nullptr, {});
  config.input.batch = 2;
  config.accumulate = 3;
  Run parts(config);
  ColourSource twos(16, 2);
  parts.trainer.run(twos, nullptr, {});
  const std::vector<float> expected = whole.values(), found = parts.values();
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(static_cast<double>(expected[i] - found[i]), 2);
    norm += std::pow(static_cast<double>(expected[i]), 2);
  }
  CHECK(std::sqrt(difference / norm) < 1e-5);
  CHECK(whole.log.steps.back().loss == Approx(parts.log.steps.back().loss).epsilon(1e-4));
  CHECK(whole.log.steps[4].gradient_norm == Approx(parts.log.steps[4].gradient_norm).epsilon(1e-4));
}

TEST_CASE("a report means all clips since the last one") {
  TrainConfig config = small_config(6);
  Run each(config);
  config.report_every = 3;
  Run third(config);
  ColourSource source(16, 6);
  each.trainer.run(source, nullptr, {});
  third.trainer.run(source, nullptr, {});
  REQUIRE(third.log.steps.size() == 2);
  const auto& steps = each.log.steps;
  // Steps of 6, 6 and 4 clips.
  CHECK(third.log.steps[0].loss == Approx((6 * steps[0].loss + 6 * steps[1].loss + 4 * steps[2].loss) / 16));
  CHECK(third.log.steps[0].step == 3);
  CHECK(each.values() == third.values());
}

// A source fills its memory anew while the batch before is still counted.
TEST_CASE("an evaluation says the same whatever the size of its batches") {
  Run run(small_config(5));
  ColourSource whole(9, 9), parts(9, 2);
  const EvaluationReport at_once = run.trainer.evaluate(whole, "test");
  Run again(small_config(5));
  const EvaluationReport in_parts = again.trainer.evaluate(parts, "test");
  CHECK(in_parts.clip_loss == at_once.clip_loss);
  CHECK(in_parts.clip_accuracy == at_once.clip_accuracy);
  REQUIRE(in_parts.predictions.size() == 9);
  for (std::size_t i = 0; i < 9; ++i) {
    CHECK(in_parts.predictions[i].loss == at_once.predictions[i].loss);
    CHECK(in_parts.predictions[i].video == at_once.predictions[i].video);
  }
}

TEST_CASE("an evaluation leaves the network as it is") {
  Run run(small_config(5));
  ColourSource train(12, 6), validation(9, 4);
  const std::vector<float> before = run.values();
  const EvaluationReport first = run.trainer.evaluate(validation, "test");
  const EvaluationReport second = run.trainer.evaluate(validation, "test");
  CHECK(first.clip_loss == second.clip_loss);
  CHECK(run.trainer.measure_micro_batch(train) >= 0);
  CHECK(run.values() == before);
  CHECK(run.trainer.memory().total() > run.trainer.memory().arena);
}
