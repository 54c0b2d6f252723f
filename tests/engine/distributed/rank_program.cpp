// One rank of MPI's, for tests that start several by mpirun:
//   c3d_rank_program nan RANK     trains some steps; in the fifth this rank's network makes a value that is no number
//   c3d_rank_program sums         sums of several sizes, at once, are those that adding in the order of ranks gives
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <limits>
#include <memory>
#include <string>

#include "engine/distributed/mpi_communicator.h"
#include "tests/engine/train/small_run.h"

namespace c3d {
namespace {

constexpr int kHealthyRuns = 4;

// What comes in, but for one value of the fifth run.
class Poison final : public Op {
 public:
  explicit Poison(bool is_poisonous) : is_poisonous_(is_poisonous) {}
  std::string name() const override { return "poison"; }
  BackwardReads backward_reads() const override { return {}; }
  void forward(const OpContext& context) const override {
    context.backend.copy(context.inputs[0], context.outputs[0]);
    if (is_poisonous_ && runs_++ >= kHealthyRuns)
      *context.outputs[0].as<float>() = std::numeric_limits<float>::quiet_NaN();
  }
  void backward(const OpContext& context) const override {
    if (!context.input_gradients[0].empty())
      context.backend.copy(context.output_gradients[0], context.input_gradients[0]);
  }

 private:
  bool is_poisonous_;
  mutable int runs_ = 0;
};

void train(Communicator& ranks, int poisoned) {
  const auto backend = make_reference_backend();
  SmallNetwork small(*backend);
  const auto network = [&](Tape& tape, Var clip) {
    const Var logits = small.network()(tape, clip);
    const TensorSpec spec = tape.spec(logits);
    tape.label("poison");
    return tape.append(std::make_unique<Poison>(ranks.rank() == poisoned), std::array{logits},
                       std::array{spec})[0];
  };
  TrainConfig config = small_config(20);
  config.input.batch = 2;
  config.accumulate = ranks.size();
  Trainer trainer(*backend, small.store, network, config, &ranks);
  ColourSource source(18, 2);  // each step has a batch for each of three ranks
  trainer.run(source, nullptr, {});
}

// Numbers whose sum depends on the order.
float value_of(int rank, std::int64_t i) {
  constexpr std::array kScales{1.0F, 1e-3F, 1e4F, 7.0F};
  const auto bits =
      static_cast<std::uint32_t>(i) * 2'654'435'761U + static_cast<std::uint32_t>(rank) * 40'503U;
  return static_cast<float>(bits >> 12) * kScales[(bits >> 8) % 4];
}

bool is_sum(const std::vector<float>& values, int contributors) {
  for (std::int64_t i = 0; i < std::ssize(values); ++i) {
    float sum = value_of(0, i);
    for (int rank = 1; rank < contributors; ++rank) sum += value_of(rank, i);
    if (values[static_cast<std::size_t>(i)] != sum) return false;
  }
  return true;
}

void sum(Communicator& ranks) {
  for (int contributors = 1; contributors <= ranks.size(); ++contributors) {
    std::vector<std::vector<float>> all;
    // Less than a value for each rank; more than are summed at a time.
    for (const std::int64_t count : {std::int64_t{1}, std::int64_t{70'001}, (std::int64_t{8} << 20) + 5}) {
      std::vector<float>& values = all.emplace_back(static_cast<std::size_t>(count));
      for (std::int64_t i = 0; i < count; ++i)
        values[static_cast<std::size_t>(i)] = value_of(ranks.rank(), i);
    }
    for (std::vector<float>& values : all) ranks.start_all_reduce(values, contributors);
    ranks.join_all_reduces();
    for (const std::vector<float>& values : all) {
      if (!is_sum(values, contributors)) ranks.fail("a sum is wrong", 1);
    }
  }
}

int run(const std::vector<std::string>& words) {
  const RankOptions options{.timeout = std::chrono::seconds(60), .say = [](const std::string& sentence) {
                              const std::string line = "said: " + sentence + "\n";
                              static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
                            }};
  const auto ranks = make_mpi_communicator(options, 0);
  return run_as_rank(*ranks, [&] {
    if (words.at(0) == "nan") {
      try {
        train(*ranks, std::stoi(words.at(1)));
      } catch (const RankFailure&) {
        throw;
      } catch (const Error& error) {
        ranks->fail(error.message(), 1);
      }
    } else {
      sum(*ranks);
    }
    if (ranks->leads()) std::cout << "done" << std::endl;
  });
}

}  // namespace
}  // namespace c3d

int main(int argc, char** argv) { return c3d::run({argv + 1, argv + argc}); }
