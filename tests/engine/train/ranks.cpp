// Several ranks train as one does. Ranks are threads here; tests/tools/c3d_train/ranks.cpp has them as processes.
#include <fmt/format.h>

#include "catch.h"
#include "engine/distributed/batch_share.h"
#include "engine/train/step_share.h"
#include "tests/engine/train/small_run.h"
#include "tests/support/message_of.h"
#include "tests/support/thread_ranks.h"

namespace c3d {
namespace {

// The batches of one rank.
class SharedSource : public BatchSource {
 public:
  SharedSource(ColourSource source, const BatchShare& share) : source_(std::move(source)), share_(share) {}
  std::int64_t batches_per_epoch() const override { return source_.batches_per_epoch(); }
  std::int64_t clips_per_epoch() const override { return source_.clips_per_epoch(); }
  std::int64_t rows_per_batch() const override { return source_.rows_per_batch(); }
  void start_epoch(int epoch, std::int64_t first_batch) override {
    source_.start_epoch(epoch, first_batch);
    next_ = first_batch;
  }
  const Batch* next() override {
    const Batch* batch = source_.next();
    while (batch != nullptr && !share_.has(next_++, batches_per_epoch())) batch = source_.next();
    return batch;
  }

 private:
  ColourSource source_;
  BatchShare share_;
  std::int64_t next_ = 0;
};

struct Outcome {
  std::vector<float> values, velocity;
  Log log;
  TrainState state;
};

struct Sizes {
  std::int64_t clips = 16, batch = 2, accumulate = 2, steps = 9;
};

TrainConfig config_of(const Sizes& sizes) {
  TrainConfig config = small_config(sizes.steps);
  config.input.batch = sizes.batch;
  config.accumulate = sizes.accumulate;
  config.validate_every = 4;
  config.report_every = 2;
  return config;
}

// What the lead of so many ranks comes to.
Outcome train_by(int ranks, const Sizes& sizes) {
  Outcome outcome;
  ThreadRanks::run(ranks, [&](Communicator& one) {
    const auto backend = make_reference_backend();
    SmallNetwork network(*backend);
    Trainer trainer(*backend, network.store, network.network(), config_of(sizes), &one);
    Log log;
    trainer.add_sink(log);
    SharedSource train(ColourSource(sizes.clips, sizes.batch), {sizes.accumulate, one.rank(), one.size()});
    SharedSource validation(ColourSource(11, 2, 2), {one.size(), one.rank(), one.size()});
    trainer.run(train, &validation, {});
    if (!one.leads()) return;
    outcome = {network.read(network.store.all_values()), network.read(trainer.state_arrays()[0].values), log,
               trainer.state()};
  });
  return outcome;
}

void check_equal(const Outcome& one, const Outcome& many) {
  CHECK(one.values == many.values);
  CHECK(one.velocity == many.velocity);
  REQUIRE(one.log.steps.size() == many.log.steps.size());
  for (std::size_t i = 0; i < one.log.steps.size(); ++i) {
    CHECK(one.log.steps[i].loss == many.log.steps[i].loss);
    CHECK(one.log.steps[i].accuracy == many.log.steps[i].accuracy);
    CHECK(one.log.steps[i].gradient_norm == many.log.steps[i].gradient_norm);
  }
  REQUIRE(one.log.evaluations.size() == many.log.evaluations.size());
  for (std::size_t i = 0; i < one.log.evaluations.size(); ++i) {
    CHECK(one.log.evaluations[i].clip_loss == many.log.evaluations[i].clip_loss);
    CHECK(one.log.evaluations[i].video_loss == many.log.evaluations[i].video_loss);
    CHECK(one.log.evaluations[i].top1 == many.log.evaluations[i].top1);
    CHECK(one.log.evaluations[i].clips == many.log.evaluations[i].clips);
  }
  CHECK(one.state.best_step == many.state.best_step);
}

TEST_CASE("two ranks learn the bytes of one that accumulates two, and evaluate alike") {
  const Sizes sizes;
  check_equal(train_by(1, sizes), train_by(2, sizes));
}

TEST_CASE(
    "as many ranks as micro-batches learn the bytes of one, also where an epoch's last step has fewer") {
  const Sizes sizes{.clips = 13, .batch = 2, .accumulate = 4, .steps = 7};
  const Outcome one = train_by(1, sizes);
  check_equal(one, train_by(4, sizes));
}

TEST_CASE("ranks that accumulate learn the same every time, and what one learns but for the order of sums") {
  const Sizes sizes{.clips = 24, .batch = 2, .accumulate = 6, .steps = 20};
  const Outcome one = train_by(1, sizes), three = train_by(3, sizes);
  check_equal(three, train_by(3, sizes));
  for (std::size_t i = 0; i < one.log.steps.size(); ++i) {
    CHECK(std::abs(one.log.steps[i].loss - three.log.steps[i].loss) < 1e-5);
  }
}

TEST_CASE("ranks make all memory before the first step, those that have nothing to evaluate too") {
  std::vector<std::vector<std::size_t>> made(3);  // by rank: how often, after each step
  ThreadRanks::run(3, [&](Communicator& one) {
    const auto backend = make_reference_backend();
    SmallNetwork network(*backend);
    TrainConfig config = config_of({.accumulate = 3});
    config.validate_every = 2;
    config.report_every = 1;
    Trainer trainer(*backend, network.store, network.network(), config, &one);
    SharedSource train(ColourSource(18, 2), {3, one.rank(), 3});
    SharedSource validation(ColourSource(2, 2), {3, one.rank(), 3});  // one batch, the first rank's
    TrainHooks hooks;
    hooks.stop_requested = [&] {
      made[static_cast<std::size_t>(one.rank())].push_back(trainer.memory().evaluation_arena);
      return false;
    };
    trainer.run(train, &validation, hooks);
  });
  for (const std::vector<std::size_t>& rank : made) {
    REQUIRE(rank.size() > 4);
    CHECK(rank.front() > 0);
    CHECK(std::ranges::count(rank, rank.front()) == std::ssize(rank));
  }
}

TEST_CASE("a padding batch is evaluated to nothing") {
  const auto backend = make_reference_backend();
  SmallNetwork network(*backend);
  for (const TargetKind targets : {TargetKind::label, TargetKind::label_set}) {
    ClipProgram program(*backend, network.store, Mode::infer, network.network(), small_config(1).input,
                        {.targets = targets});
    program.upload_padding();
    program.tape().forward();
    for (const float loss : network.read(program.losses())) CHECK(loss == 0);
  }
}

TEST_CASE("a stop that one rank is asked for stops all of them after the same step") {
  std::vector<std::int64_t> steps(2);
  ThreadRanks::run(2, [&](Communicator& one) {
    const auto backend = make_reference_backend();
    SmallNetwork network(*backend);
    Trainer trainer(*backend, network.store, network.network(), config_of({}), &one);
    SharedSource train(ColourSource(16, 2), {2, one.rank(), 2});
    TrainHooks hooks;
    hooks.stop_requested = [&] { return one.rank() == 1 && trainer.state().step == 3; };
    CHECK(trainer.run(train, nullptr, hooks) == RunEnd::stopped);
    steps[static_cast<std::size_t>(one.rank())] = trainer.state().step;
  });
  CHECK(steps == std::vector<std::int64_t>{3, 3});
}

TEST_CASE("a rank whose parameters are others than the lead's ends the run by its name") {
  const std::string message = message_of([] {
    ThreadRanks::run(2, [&](Communicator& one) {
      const auto backend = make_reference_backend();
      SmallNetwork network(*backend);
      if (one.rank() == 1) *network.store.all_values().as<float>() += 0.001f;
      Trainer trainer(*backend, network.store, network.network(), config_of({}), &one);
      SharedSource train(ColourSource(16, 2), {2, one.rank(), 2});
      trainer.run(train, nullptr, {});
    });
    return 0;
  });
  CHECK(message.find("after step 2: the parameters of rank 1 are no longer those of rank 0") !=
        std::string::npos);
}

TEST_CASE("ranks take over what the lead has") {
  ThreadRanks::run(2, [&](Communicator& one) {
    const auto backend = make_reference_backend();
    SmallNetwork network(*backend);
    Trainer trainer(*backend, network.store, network.network(), config_of({}), &one);
    if (one.leads()) {
      *network.store.all_values().as<float>() = 3;
      *trainer.state_arrays()[0].values.as<float>() = 4;
      trainer.restore({.step = 5, .best_step = 4});
    }
    trainer.follow_lead();
    CHECK(*network.store.all_values().as<float>() == 3);
    CHECK(*trainer.state_arrays()[0].values.as<float>() == 4);
    CHECK(trainer.state().step == 5);
    CHECK(trainer.state().best_step == 4);
  });
}

TEST_CASE("fewer micro-batches than ranks are refused with both numbers") {
  const std::string message = message_of([] { return train_by(3, {}).values.size(); });
  CHECK(message.find("3 ranks cannot share a step of 2 micro-batches") != std::string::npos);
}

TEST_CASE("every batch of a group is one rank's, the first ranks having one more") {
  for (const std::int64_t batches : {1, 2, 5, 8, 13}) {
    std::int64_t next = 0;
    for (int rank = 0; rank < 5; ++rank) {
      const BatchRange range = share_of(batches, 5, rank);
      CHECK(range.first == next);
      CHECK(range.count() <= share_of(batches, 5, 0).count());
      next = range.last;
    }
    CHECK(next == batches);
  }
  const BatchShare second{.group = 4, .rank = 1, .ranks = 2};
  CHECK(!second.has(1, 7));
  CHECK(second.has(2, 7));
  CHECK(second.has(6, 7));  // of the last three the first rank has two
  CHECK(!second.has(5, 7));
}

TEST_CASE("a message of another rank that ends too early is an error") {
  const std::string bytes = bytes_of({.losses = {{1, 2}, {}, {3}}, .correct = 2, .parameters = 9});
  const StepShare share = step_share_of(bytes);
  CHECK(share.losses == std::vector<std::vector<float>>{{1, 2}, {}, {3}});
  CHECK(share.correct == 2);
  CHECK(share.parameters == 9);
  CHECK(message_of([&] { return step_share_of(bytes.substr(0, bytes.size() - 1)); }) ==
        "a message of another rank ends 1 bytes too early");
}

}  // namespace
}  // namespace c3d
