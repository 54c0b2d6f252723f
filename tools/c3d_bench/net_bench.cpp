#include "tools/c3d_bench/net_bench.h"

namespace c3d {

void measure_net(Backend& backend, const Stopwatch& stopwatch, const NetChoice& choice, const NetInput& input,
                 Measurements& measurements) {
  const auto batch = static_cast<double>(input.network.batch);
  if (choice.inference) {
    Net net(backend, Mode::infer, input);
    const double seconds = stopwatch.median_seconds([&] { net.infer(); });
    measurements.inference = {seconds / batch, net.arena_bytes(), backend.memory()};
    measurements.parameters = net.parameter_count();
    measurements.values_bytes = net.parameters().bytes();
  }
  if (choice.training) {
    Net net(backend, Mode::train, input);
    const double seconds = stopwatch.median_seconds([&] { net.train_step(); });
    measurements.training = {seconds / batch, net.arena_bytes(), backend.memory()};
    measurements.parameters = net.parameter_count();
    measurements.gradients_bytes = net.parameters().all_gradients().bytes();
    measurements.values_bytes = net.parameters().bytes() - measurements.gradients_bytes;
    measurements.velocity_bytes = net.velocity_bytes();
  }
}

}  // namespace c3d
