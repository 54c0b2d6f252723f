// Eight steps of each optimizer with given gradients against torch.optim, and the average of the parameters
// against timm's: rates that change, clipping, a parameter without decay at twice the rate, and one that
// learns only from a later step on.
#include "catch.h"
#include "engine/optim/optimizer.h"
#include "tests/support/golden.h"

namespace c3d {
namespace {

constexpr double kUpdateTolerance = 1e-6;

void check_optimizers(const std::string& device) {
  const auto backend = backend_or_skip(device);
  if (backend == nullptr) return;
  const NamedTensors golden = read_golden("optimizers");
  const auto number = [&](const std::string& key) { return std::stof(golden.metadata().at(key)); };
  const auto shape = [&](const std::string& name) { return golden.at("start." + name).values.shape(); };
  for (const OptimizerRule rule : {OptimizerRule::sgd, OptimizerRule::nesterov, OptimizerRule::adamw}) {
    const std::string name = to_string(rule);
    INFO("rule " << name);
    ParameterStore store;
    const std::vector<ParameterId> ids{
        store.declare({.name = "weight", .shape = shape("weight")}),
        store.declare(
            {.name = "bias", .shape = shape("bias"), .learning_rate_scale = 2, .weight_decay_scale = 0}),
        store.declare({.name = "late",
                       .shape = shape("late"),
                       .trains_from = static_cast<std::int64_t>(number("late_from"))})};
    store.allocate(*backend, true);
    for (const ParameterId id : ids) {
      upload(*backend, golden.at("start." + store.spec(id).name).values, store.master(id));
    }
    const Buffer memory = backend->allocate(store.all_values().bytes(), MemoryKind::device);
    const Tensor average = memory.tensor(store.all_values().shape(), DType::f32);
    backend->copy(store.all_values(), average);
    Optimizer optimizer(*backend, store,
                        {.rule = rule,
                         .momentum = number("momentum"),
                         .beta2 = number("beta2"),
                         .epsilon = number("epsilon"),
                         .weight_decay = number("weight_decay"),
                         .clip_norm = number("clip_norm")});
    std::int64_t step = 0;
    for (const float rate : words_of<float>(golden.metadata().at("learning_rates"))) {
      for (const ParameterId id : ids) {
        const ConstTensor& all = golden.at("gradients." + store.spec(id).name).values;
        upload(*backend, all.rows(step, 1), store.gradient(id));
      }
      backend->begin_step({.step = static_cast<std::uint64_t>(step),
                           .learning_rate = rate,
                           .average_decay = number("average_decay")});
      optimizer.step(store.all_gradients(), step, average);
      ++step;
    }
    for (const ParameterId id : ids) {
      const std::string& parameter = store.spec(id).name;
      INFO(parameter);
      CHECK(relative_error(*backend, store.master(id), golden.at(name + "." + parameter)) < kUpdateTolerance);
      const ConstTensor its_average = average.rows(store.first_element(id), store.spec(id).shape.count());
      CHECK(relative_error(*backend, its_average, golden.at(name + ".average." + parameter)) <
            kUpdateTolerance);
    }
  }
}

TEST_CASE("optimizers end where PyTorch's do on the reference backend") { check_optimizers("reference"); }
TEST_CASE("optimizers end where PyTorch's do on the cpu backend") { check_optimizers("cpu"); }
TEST_CASE("optimizers end where PyTorch's do on the cuda backend") { check_optimizers("cuda"); }

}  // namespace
}  // namespace c3d
