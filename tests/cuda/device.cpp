// What only a GPU can show: captured steps, uploads on their own stream, determinism, memory that runs out, a
// whole small training against the CPU. Each case skips where there is no GPU.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "catch.h"
#include "engine/core/philox.h"
#include "engine/ops/conv3d.h"
#include "engine/ops/dropout.h"
#include "engine/ops/linear.h"
#include "engine/ops/softmax_cross_entropy.h"
#include "engine/optim/optimizer.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/make_backend.h"
#include "tests/support/message_of.h"
#include "tests/support/skip.h"

namespace c3d {
namespace {

bool no_gpu() {
  std::string why;
  if (cuda_device_count(&why) > 0) return false;
  skip(why);
  return true;
}

constexpr std::int64_t kClips = 6, kClasses = 3, kFeatures = 4 * 4 * 4 * 16;
const Shape kShapeClips{kClips, 4, 8, 8, kClipChannels};

// C3D's first layer, which has kernels of its own in bf16, a convolution without pool, dropout and a linear layer: every kind of op a step of C3D has.
class SmallNetwork {
 public:
  explicit SmallNetwork(Backend& backend) : backend_(backend), tape_(backend, parameters_, Mode::train) {
    const auto declare = [&](const char* name, const Shape& shape) {
      return parameters_.declare({.name = name, .shape = shape});
    };
    const std::array ids{declare("filter1", {64, 3, 3, 3, kClipChannels}),
                         declare("bias1", {64}),
                         declare("filter2", {16, 3, 3, 3, 64}),
                         declare("bias2", {16}),
                         declare("weight", {kClasses, kFeatures}),
                         declare("bias3", {kClasses})};
    parameters_.allocate(backend, true);
    std::vector<float> values(static_cast<std::size_t>(parameters_.element_count()));
    for (const ParameterId id : ids) {
      const Shape& shape = parameters_.specs()[static_cast<std::size_t>(id.index)].shape;
      if (shape.rank() == 1) continue;
      const auto first = static_cast<std::size_t>(parameters_.first_element(id));
      const std::int64_t fan_in = shape.count() / shape[0];
      const double spread = std::sqrt(6.0 / static_cast<double>(fan_in));
      const auto weights = std::span(values).subspan(first, static_cast<std::size_t>(shape.count()));
      fill(weights, 10 + first, spread);
      if (id.index == ids[0].index) keep_colours(weights);
    }
    backend.copy(host_tensor(values.data(), parameters_.all_values().shape()), parameters_.all_values());
    parameters_.values_changed(backend);
    optimizer_ =
        std::make_unique<Optimizer>(backend, parameters_, OptimizerOptions{.momentum = 0.9f, .clip_norm = 2});

    clip_ = tape_.input({kShapeClips, compute_type(backend.precision())});
    labels_ = tape_.input({{kClips}, DType::i32});
    Var y = conv3d_relu_max_pool3d(tape_, clip_, tape_.parameter(ids[0]), tape_.parameter(ids[1]),
                                   {.valid_input_channels = kColours},
                                   {.kernel = {1, 2, 2}, .stride = {1, 2, 2}});
    y = conv3d(tape_, y, tape_.parameter(ids[2]), tape_.parameter(ids[3]), {}, Activation::relu);
    y = dropout(tape_, tape_.reshape(y, {kClips, kFeatures}), 0.3f);
    y = linear(tape_, y, tape_.parameter(ids[4]), tape_.parameter(ids[5]));
    losses_ = softmax_cross_entropy(tape_, y, labels_).losses;
    tape_.compile(std::array{losses_});
  }

  // One step on clips drawn for it: the classes differ in the mean of their first channel. first_label: of the first
  // clip in place of its own.
  float step(std::uint64_t number, std::int32_t first_label = -1) {
    std::vector<float> clip(static_cast<std::size_t>(kShapeClips.count()));
    std::vector<std::int32_t> labels(kClips);
    fill(clip, 1000 + number, 1);
    keep_colours(clip);
    for (std::size_t n = 0; n < labels.size(); ++n) {
      labels[n] = static_cast<std::int32_t>((n + number) % kClasses);
      for (std::size_t i = 0; i < 4 * 8 * 8; ++i) {
        clip[(n * 4 * 8 * 8 + i) * kClipChannels] += static_cast<float>(labels[n]) - 1;
      }
    }
    if (first_label >= 0) labels[0] = first_label;
    upload(clip);
    backend_.copy(host_tensor(labels.data(), {kClips}), tape_.tensor(labels_));
    backend_.begin_step({.seed = 7, .step = number, .learning_rate = 0.02f, .loss_scale = 1.0f / kClips});
    backend_.replay(1, [&] {
      tape_.forward();
      tape_.backward();
      optimizer_->step(parameters_.all_gradients(), 0);
    });
    std::vector<float> losses(kClips);
    backend_.copy(tape_.tensor(losses_), host_tensor(losses.data(), {kClips}));
    backend_.synchronize();
    return std::accumulate(losses.begin(), losses.end(), 0.0f) / kClips;
  }

  std::vector<float> parameters() {
    std::vector<float> values(static_cast<std::size_t>(parameters_.element_count()));
    backend_.copy(parameters_.all_values(), host_tensor(values.data(), parameters_.all_values().shape()));
    backend_.synchronize();
    return values;
  }

 private:
  void upload(const std::vector<float>& clip) {
    const Tensor to = tape_.tensor(clip_);
    if (to.type() == DType::f32) return backend_.copy(host_tensor(clip.data(), kShapeClips), to);
    std::vector<BFloat16> narrow(clip.size());
    std::transform(clip.begin(), clip.end(), narrow.begin(), to_bfloat16);
    backend_.copy(host_tensor(narrow.data(), kShapeClips), to);
  }
  static void keep_colours(std::span<float> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i % kClipChannels >= kColours) values[i] = 0;
    }
  }
  static void fill(std::span<float> values, std::uint64_t seed, double spread) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(spread) * (2 * uniform_float(philox(seed, i, 0).word[0]) - 1);
    }
  }

  Backend& backend_;
  ParameterStore parameters_;
  Tape tape_;
  std::unique_ptr<Optimizer> optimizer_;
  Var clip_, labels_, losses_;
};

struct Run {
  std::vector<float> losses, parameters;
};

Run train(Backend& backend, int steps) {
  SmallNetwork network(backend);
  Run run;
  for (int i = 0; i < steps; ++i) run.losses.push_back(network.step(static_cast<std::uint64_t>(i)));
  run.parameters = network.parameters();
  return run;
}
Run train(const BackendSpec& spec, int steps) { return train(*make_backend(spec), steps); }

TEST_CASE("a captured step gives the bits that the plain one gives") {
  if (no_gpu()) return;
  for (const Precision precision : {Precision::f32, Precision::tf32, Precision::bf16}) {
    const Run captured = train({.device = "cuda", .precision = precision}, 6);
    const Run plain = train({.device = "cuda", .precision = precision, .graphs = false}, 6);
    CHECK(captured.losses == plain.losses);
    CHECK(captured.parameters == plain.parameters);
  }
}

TEST_CASE("two runs on a GPU end in the same bits") {
  if (no_gpu()) return;
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    const BackendSpec spec{.device = "cuda", .precision = precision};
    const Run one = train(spec, 10), other = train(spec, 10);
    CHECK(one.losses == other.losses);
    CHECK(one.parameters == other.parameters);
  }
}

TEST_CASE("a label that no class has is told once the device was waited for, also in a recorded step") {
  if (no_gpu()) return;
  const auto backend = make_backend({.device = "cuda"});
  SmallNetwork network(*backend);
  for (std::uint64_t step = 0; step < 4; ++step) network.step(step);
  const std::string message = message_of([&] { network.step(4, kClasses + 700); });
  CHECK(message.find("row 0 has label 703") != std::string::npos);
  CHECK_NOTHROW(network.step(5));
}

TEST_CASE("what is not yet reached leaves no error for the next call") {
  if (no_gpu()) return;
  const auto backend = make_backend({.device = "cuda"});
  const Buffer buffer = backend->allocate(std::size_t{1} << 30, MemoryKind::device);
  bool waited = false;
  for (int i = 0; i < 100 && !waited; ++i) {
    for (int n = 0; n < 20; ++n) backend->zero(buffer.tensor({std::int64_t{1} << 30}, DType::u8));
    const Event event = backend->record_event();
    waited = !backend->reached(event);
    CHECK_NOTHROW(backend->wait(event));
  }
  CHECK(waited);
}

TEST_CASE("a small training on a GPU follows the reference") {
  if (no_gpu()) return;
  const Run gpu = train({.device = "cuda"}, 100), reference = train({.device = "reference"}, 100);
  for (std::size_t i = 0; i < 20; ++i) {
    INFO("step " << i);
    CHECK(gpu.losses[i] == Approx(reference.losses[i]).margin(1e-3));
  }
  const auto tail = [](const Run& run) {
    return std::accumulate(run.losses.end() - 20, run.losses.end(), 0.0);
  };
  CHECK(tail(gpu) == Approx(tail(reference)).epsilon(0.03));
}

TEST_CASE("pinned uploads arrive whole and in the queue's order") {
  if (no_gpu()) return;
  const auto backend = make_backend({.device = "cuda"});
  for (const std::int64_t count : {1000, 3000000}) {  // below and above the size that goes by staging
    const Shape shape{count};
    const auto bytes = static_cast<std::size_t>(count) * sizeof(float);
    const Buffer target = backend->allocate(bytes, MemoryKind::device),
                 sums = backend->allocate(bytes, MemoryKind::device);
    std::vector<Buffer> sources;
    backend->zero(sums.tensor(shape, DType::f32));
    // Each upload overwrites the last one's target as soon as that has been added.
    for (int i = 0; i < 5; ++i) {
      sources.push_back(backend->allocate(bytes, MemoryKind::pinned));
      const Tensor source = sources.back().tensor(shape, DType::f32);
      std::fill_n(source.as<float>(), count, static_cast<float>(1 << i));
      backend->copy(source, target.tensor(shape, DType::f32));
      backend->accumulate(target.tensor(shape, DType::f32), sums.tensor(shape, DType::f32));
    }
    std::vector<float> result(static_cast<std::size_t>(count));
    backend->copy(sums.tensor(shape, DType::f32), host_tensor(result.data(), shape));
    backend->synchronize();
    CHECK(std::all_of(result.begin(), result.end(), [](float value) { return value == 31; }));
  }
}

TEST_CASE("parts are uploaded one after the other and in the queue's order") {
  if (no_gpu()) return;
  const auto backend = make_backend({.device = "cuda"});
  for (const std::int64_t count : {500, 1000000}) {  // below and above the size that goes by staging
    const Shape half{count}, whole{2 * count};
    const auto bytes = static_cast<std::size_t>(count) * sizeof(float);
    const Buffer target = backend->allocate(2 * bytes, MemoryKind::device),
                 sums = backend->allocate(2 * bytes, MemoryKind::device);
    backend->zero(sums.tensor(whole, DType::f32));
    std::vector<Buffer> sources;
    for (int i = 0; i < 5; ++i) {
      for (const int part : {0, 1}) {
        sources.push_back(backend->allocate(bytes, MemoryKind::pinned));
        const Tensor source = sources.back().tensor(half, DType::f32);
        std::fill_n(source.as<float>(), count, static_cast<float>((1 << i) * (1 + 9 * part)));
      }
      const std::array<ConstTensor, 2> parts{sources[sources.size() - 2].tensor(half, DType::f32),
                                             sources.back().tensor(half, DType::f32)};
      backend->copy_parts(parts, target.tensor(whole, DType::f32));
      backend->accumulate(target.tensor(whole, DType::f32), sums.tensor(whole, DType::f32));
    }
    std::vector<float> result(static_cast<std::size_t>(2 * count));
    backend->copy(sums.tensor(whole, DType::f32), host_tensor(result.data(), whole));
    backend->synchronize();
    const auto middle = result.begin() + count;
    CHECK(std::all_of(result.begin(), middle, [](float value) { return value == 31; }));
    CHECK(std::all_of(middle, result.end(), [](float value) { return value == 310; }));
  }
}

TEST_CASE("memory that is not there is refused with how much there is") {
  if (no_gpu()) return;
  const auto backend = make_backend({.device = "cuda"});
  const std::size_t wanted = std::size_t{1} << 44;
  try {
    backend->allocate(wanted, MemoryKind::device);
    FAIL("16 TiB were given");
  } catch (const OutOfMemory& error) {
    CHECK(error.wanted_bytes() == wanted);
    CHECK(error.available_bytes() > 0);
    CHECK(error.message().find("GiB are free") != std::string::npos);
  }
  // What failed leaves nothing behind.
  CHECK(backend->allocate(1000, MemoryKind::device).bytes() == 1000);
  backend->synchronize();
}

TEST_CASE("two backends share a GPU") {
  if (no_gpu()) return;
  const auto one = make_backend({.device = "cuda"}), other = make_backend({.device = "cuda"});
  SmallNetwork here(*one), there(*other);
  for (std::uint64_t step = 0; step < 4; ++step) CHECK(here.step(step) == there.step(step));
}

TEST_CASE("a measured plan computes the same within the precision, and the same bits where it is given") {
  if (no_gpu()) return;
  const auto measuring = make_backend({.device = "cuda", .plan = "measured"});
  CHECK(measuring->measures());
  CHECK(measuring->plan().empty());  // the self-check left nothing
  std::int64_t measured = 0;
  measuring->on_measured([&](std::int64_t ops, double) { measured = ops; });
  const Run first = train(*measuring, 5);
  const std::string plan = measuring->plan();
  CHECK(measured == std::count(plan.begin(), plan.end(), '\n'));
  CHECK_FALSE(measuring->last_choice().empty());

  const Run plain = train({.device = "cuda"}, 5);
  for (std::size_t i = 0; i < 5; ++i) CHECK(first.losses[i] == Approx(plain.losses[i]).margin(1e-3));

  const auto given = make_backend({.device = "cuda"});
  CHECK_FALSE(given->measures());
  given->add_plan(plan);
  CHECK(train(*given, 5).parameters == first.parameters);
  CHECK(given->plan() == plan);
}

TEST_CASE("a GPU refuses plans that are not its own, and nothing changes") {
  if (no_gpu()) return;
  const auto backend = make_backend({.device = "cuda"});
  train(*backend, 1);
  const std::string plan = backend->plan();
  REQUIRE_FALSE(plan.empty());
  const std::size_t name = plan.find(" = ") + 3;
  CHECK_THROWS_AS(backend->add_plan("cudnn-0.0.0/NVIDIA_NV1" + plan.substr(plan.find(' '))), Error);
  CHECK_THROWS_AS(backend->add_plan(plan.substr(0, name) + "eng99999\n"), Error);
  CHECK_THROWS_AS(backend->add_plan("nonsense"), Error);
  CHECK(backend->plan() == plan);
}

}  // namespace
}  // namespace c3d
