// The network with all its channels against the reference backend, which sums in float64. Frames are small,
// so that this takes seconds; the sums are as long as with large ones.
#include <array>
#include <cmath>
#include <random>

#include "catch.h"
#include "engine/ops/normalize_clip.h"
#include "model/initialize.h"
#include "tests/support/golden.h"

namespace c3d {
namespace {

constexpr std::int64_t kCrop = 32;

// Three colours of variance 1, and zeros.
std::vector<float> random_clip() {
  std::mt19937 random(3);
  std::vector<float> clip(static_cast<std::size_t>(16 * kCrop * kCrop * kClipChannels));
  for (std::size_t i = 0; i < clip.size(); ++i) {
    if (i % kClipChannels < 3)
      clip[i] = (static_cast<float>(random()) / 4294967296.0f - 0.5f) * std::sqrt(12.0f);
  }
  return clip;
}

struct Result {
  std::string name;
  std::vector<float> values;
};

// What the backend makes of that clip. weights: of all parameters; drawn where there are none yet.
std::vector<Result> results(Backend& backend, std::vector<float>& weights) {
  ParameterStore parameters;
  const C3d model({.classes = 20, .crop = kCrop}, parameters);
  parameters.allocate(backend, false);
  if (weights.empty()) {
    initialize(model, parameters, backend, Initialization::kaiming, 5);
    weights = download(backend, parameters.all_values());
  } else {
    upload(backend, host_tensor(weights.data(), parameters.all_values().shape()), parameters.all_values());
    parameters.values_changed(backend);
  }
  Tape tape(backend, parameters, Mode::infer);
  const Var clip = tape.input({{1, 16, kCrop, kCrop, kClipChannels}, DType::f32});
  const C3dValues values = model.forward(tape, clip);
  tape.compile(std::array{values.pool5, values.fc6, values.fc7, values.logits});
  const std::vector<float> numbers = random_clip();
  upload(backend, host_tensor(numbers.data(), tape.tensor(clip).shape()), tape.tensor(clip));
  backend.begin_step({});
  tape.forward();
  const auto of = [&](Var value) { return download(backend, tape.tensor(value)); };
  return {{"pool5", of(values.pool5)},
          {"fc6", of(values.fc6)},
          {"fc7", of(values.fc7)},
          {"logits", of(values.logits)}};
}

TEST_CASE("the whole network stays within 1e-5 of sums in float64 on every set of the CPU's kernels",
          "[cpu]") {
  if (backend_or_skip("cpu") == nullptr) return;
  std::vector<float> weights;
  const std::vector<Result> exact = results(*backend_or_skip("reference"), weights);
  int sets = 0;
  for (const std::string set : {"avx512", "avx2", "neon", "portable"}) {
    for (const bool direct : {false, true}) {
      std::unique_ptr<Backend> backend;
      try {
        backend = make_backend(
            {.device = "cpu", .instruction_set = set, .direct_convolution = direct, .inference = true});
      } catch (const Error&) {
        continue;  // a set that this processor lacks
      }
      ++sets;
      const std::vector<Result> computed = results(*backend, weights);
      for (std::size_t i = 0; i < exact.size(); ++i) {
        INFO(exact[i].name << " by " << set << (direct ? ", direct" : ""));
        REQUIRE(computed[i].values.size() == exact[i].values.size());
        const double error = relative_error(computed[i].values.data(), exact[i].values.data(),
                                            static_cast<std::int64_t>(exact[i].values.size()));
        INFO("error " << error);
        CHECK(error < 1e-5);
        CHECK(error > 0);  // not the reference's own
      }
    }
  }
  CHECK(sets >= 2);  // portable is everywhere
}

}  // namespace
}  // namespace c3d
