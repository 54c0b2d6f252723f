// Runs with other losses and targets, and with an average of the parameters.
#include <algorithm>

#include "catch.h"
#include "tests/engine/train/small_run.h"

using namespace c3d;

namespace {

// ColourSource's clips; what else a batch brings is made of their labels.
class OtherTargets : public BatchSource {
 public:
  OtherTargets(std::int64_t clips, std::int64_t batch, bool sets, std::int64_t clips_per_video = 1)
      : source_(clips, batch, clips_per_video), rows_(batch), sets_wanted_(sets) {}
  std::int64_t batches_per_epoch() const override { return source_.batches_per_epoch(); }
  std::int64_t clips_per_epoch() const override { return source_.clips_per_epoch(); }
  std::int64_t rows_per_batch() const override { return source_.rows_per_batch(); }
  void start_epoch(int epoch, std::int64_t first_batch) override { source_.start_epoch(epoch, first_batch); }
  const Batch* next() override {
    const Batch* batch = source_.next();
    if (batch == nullptr) return nullptr;
    batch_ = *batch;
    const auto* labels = batch->labels_i32.as<std::int32_t>();
    if (sets_wanted_) {
      add_sets(labels);
    } else {
      add_mix(labels);
    }
    return &batch_;
  }

 private:
  void add_sets(const std::int32_t* labels) {
    sets_.assign(static_cast<std::size_t>(rows_ * kClasses), 0.0f);
    for (std::int64_t row = 0; row < rows_; ++row) {
      float* set = sets_.data() + row * kClasses;
      if (labels[row] < 0) {
        std::fill(set, set + kClasses, -1.0f);
      } else {
        set[labels[row]] = 1;
      }
    }
    batch_.label_sets = host_tensor(sets_.data(), {rows_, kClasses});
  }
  // A tenth of each row is the next class, which is not to be seen in it.
  void add_mix(const std::int32_t* labels) {
    second_.clear();
    for (std::int64_t row = 0; row < rows_; ++row) {
      second_.push_back(labels[row] < 0 ? -1 : (labels[row] + 1) % static_cast<std::int32_t>(kClasses));
    }
    mix_.assign(static_cast<std::size_t>(rows_), 0.9f);
    batch_.second_labels_i32 = host_tensor(second_.data(), {rows_});
    batch_.mix = host_tensor(mix_.data(), {rows_});
  }

  ColourSource source_;
  std::int64_t rows_;
  bool sets_wanted_;
  Batch batch_;
  std::vector<float> sets_, mix_;
  std::vector<std::int32_t> second_;
};

}  // namespace

TEST_CASE("a network learns label sets and is judged by its mean average precision") {
  TrainConfig config = small_config(80);
  config.loss = {.targets = TargetKind::label_set, .class_weights = {2, 2, 2}};
  config.schedule.rate = 0.2;
  config.optimizer.clip_norm = 0;
  Run run(config);
  OtherTargets train(20, 6, true), validation(18, 5, true, 2);
  CHECK(run.trainer.run(train, &validation, {}) == RunEnd::finished);
  const EvaluationReport& report = run.log.evaluations.back();
  CHECK(run.log.steps.front().loss > run.log.steps.back().loss);
  CHECK(run.log.steps.back().accuracy > 0.8);
  CHECK(report.videos == 9);
  CHECK(report.mean_average_precision > 0.95);
  CHECK(report.top1 > 0.8);
  CHECK(report.classes[0].videos == 3);
  CHECK(report.confusion.empty());
  CHECK(run.trainer.state().best_top1 == report.score());
}

TEST_CASE("a network learns mixed labels") {
  TrainConfig config = small_config(60);
  config.loss.targets = TargetKind::mixed_labels;
  Run run(config);
  OtherTargets train(20, 6, false);
  ColourSource validation(18, 5, 2);
  CHECK(run.trainer.run(train, &validation, {}) == RunEnd::finished);
  CHECK(run.log.evaluations.back().top1 == 1);
  // The entropy of nine tenths and one is what remains.
  CHECK(run.log.steps.back().loss > 0.3);
}

TEST_CASE("rows that are not mixed learn what single labels do") {
  TrainConfig config = small_config(5);
  Run single(config);
  config.loss.targets = TargetKind::mixed_labels;
  Run mixed(config);
  ColourSource source(16, 6);
  single.trainer.run(source, nullptr, {});
  mixed.trainer.run(source, nullptr, {});
  CHECK(single.values() == mixed.values());
}

TEST_CASE("a batch without what its loss needs is an error") {
  TrainConfig config = small_config(5);
  OtherTargets mixed(16, 6, false);
  ColourSource plain(16, 6);
  Run single(config);
  CHECK_THROWS_WITH(single.trainer.run(mixed, nullptr, {}), Catch::Contains("a batch is mixed"));
  config.loss.targets = TargetKind::label_set;
  Run sets(config);
  CHECK_THROWS_WITH(sets.trainer.run(plain, nullptr, {}), Catch::Contains("without its label sets"));
  config.loss.label_smoothing = 0.1f;
  CHECK_THROWS_WITH(Run(config), Catch::Contains("not of label sets"));
  config.loss = {.class_weights = {1, 2}};
  CHECK_THROWS_WITH(Run(config), Catch::Contains("2 class weights for 3 classes"));
}

TEST_CASE("the average of the parameters is what is evaluated and kept") {
  TrainConfig config = small_config(12);
  ColourSource train(20, 6), validation(9, 6);
  Run plain(config);
  plain.trainer.run(train, nullptr, {});
  config.average.decay = 0.5;
  Run averaged(config);
  std::vector<float> average = averaged.values();
  TrainHooks hooks;
  hooks.stop_requested = [&] {  // after every step
    const std::vector<float> values = averaged.values();
    if (averaged.trainer.state().step == 0) return false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      average[i] = static_cast<float>((static_cast<double>(average[i]) + static_cast<double>(values[i])) / 2);
    }
    return false;
  };
  averaged.trainer.run(train, nullptr, hooks);
  CHECK(averaged.values() == plain.values());
  CHECK(averaged.network.read(averaged.trainer.weights()) == average);
  CHECK(averaged.trainer.memory().average > 0);
  CHECK(averaged.trainer.state_arrays().back().name == "average");

  // A network that has these weights is judged alike.
  Run same(small_config(12));
  same.backend->copy(averaged.trainer.weights(), same.network.store.all_values());
  same.network.store.values_changed(*same.backend);
  CHECK(same.trainer.evaluate(validation, "test").clip_loss ==
        averaged.trainer.evaluate(validation, "test").clip_loss);
  CHECK(plain.network.read(plain.trainer.weights()) == plain.values());
}

TEST_CASE("balanced class weights have a mean of one over the clips") {
  const std::vector<float> weights = balanced_class_weights({1, 3, 0, 4});
  CHECK(weights[0] == Approx(8.0 / 3));
  CHECK(weights[1] == Approx(8.0 / 9));
  CHECK(weights[2] == 1);
  CHECK(weights[3] == Approx(8.0 / 12));
  CHECK(1 * weights[0] + 3 * weights[1] + 4 * weights[3] == Approx(8));
  const std::vector<float> of_shares = balanced_class_weights({0.125, 0.375, 0, 0.5});
  for (std::size_t c = 0; c < 4; ++c) CHECK(of_shares[c] == Approx(weights[c]));
  CHECK_THROWS_AS(balanced_class_weights({0, 0}), Error);
}
