// A recorded training step, and an inference, allocate nothing once they have run: every operator new of this
// program is counted, and what the backend holds besides (its memory comes from elsewhere) must not grow.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>

#include "catch.h"
#include "engine/train/clip_program.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/isa/kernel_sets.h"
#include "model/c3d.h"
#include "model/initialize.h"
#include "tests/support/skip.h"

namespace {

std::atomic<std::int64_t>& allocations() {
  static std::atomic<std::int64_t> count = 0;
  return count;
}

void* counted(std::size_t bytes, std::size_t alignment) {
  ++allocations();
  const std::size_t whole = (bytes + alignment - 1) / alignment * alignment;
  void* const data = std::aligned_alloc(alignment, whole == 0 ? alignment : whole);
  if (data == nullptr) throw std::bad_alloc();
  return data;
}

}  // namespace

// The array forms call these.
void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  ++allocations();
  return std::malloc(bytes);
}
void operator delete(void* data) noexcept { std::free(data); }
void operator delete(void* data, std::size_t) noexcept { std::free(data); }
void operator delete(void* data, std::align_val_t) noexcept { std::free(data); }
void operator delete(void* data, std::size_t, std::align_val_t) noexcept { std::free(data); }

namespace c3d {
namespace {

constexpr std::int64_t kBatch = 2;

// A narrow C3D recorded from frames to losses, its parameters, and all that a step needs.
struct Recorded {
  Recorded(Backend& of_backend, Mode mode)
      : backend(of_backend),
        model({.classes = 6, .width = 0.125, .clip_frames = 16, .crop = 64}, parameters) {
    parameters.allocate(backend, true);
    initialize(model, parameters, backend, Initialization::kaiming, 1);
    const auto elements = static_cast<std::size_t>(parameters.element_count());
    velocity = backend.allocate(elements * sizeof(float), MemoryKind::device);
    backend.zero(velocity.tensor({parameters.element_count()}, DType::f32));
    norm = backend.allocate(sizeof(float), MemoryKind::device);
    const auto network = [&](Tape& tape, Var clip) { return model.forward(tape, clip).logits; };
    ClipInput input;
    input.batch = kBatch;
    input.clip.resize_height = 72;
    input.clip.resize_width = 80;
    input.clip.crop = 64;
    program.emplace(backend, parameters, mode, network, input, LossOptions{});
    Batch batch;
    batch.frames_u8 = host_tensor<const std::uint8_t>(frames.data(), {kBatch, 16, 72, 80, 3});
    batch.crops_i32 = host_tensor<const std::int32_t>(crops.data(), {kBatch, 3});
    batch.labels_i32 = host_tensor<const std::int32_t>(labels.data(), {kBatch});
    program->upload(batch);
  }

  void train() {
    backend.begin_step({.seed = 1, .step = ++step, .learning_rate = 1e-3f, .loss_scale = 0.5f});
    program->tape().forward();
    program->tape().backward();
    const Tensor squares = norm.tensor({1}, DType::f32);
    backend.sum_of_squares(parameters.all_gradients(), squares);
    const std::array whole{OptimizerRange{0, parameters.element_count()}};
    backend.optimizer_step({.momentum = 0.9f,
                            .weight_decay = 1e-4f,
                            .clip_norm = 1,
                            .gradient_norm_squared = squares,
                            .ranges = whole},
                           {.parameters_in_place = parameters.all_values(),
                            .gradients = parameters.all_gradients(),
                            .velocity_in_place = velocity.tensor({parameters.element_count()}, DType::f32),
                            .bf16_copy = parameters.all_bf16()});
  }

  Backend& backend;
  ParameterStore parameters;
  C3d model;
  Buffer velocity, norm;
  std::optional<ClipProgram> program;
  std::vector<std::uint8_t> frames = std::vector<std::uint8_t>(kBatch * 16 * 72 * 80 * 3, 100);
  std::array<std::int32_t, 3 * kBatch> crops{4, 8, 0, 2, 3, 1};
  std::array<std::int32_t, kBatch> labels{1, 4};
  std::uint64_t step = 0;
};

// Allocations of the third run.
template <typename Run>
std::int64_t allocations_of(const Run& run) {
  run();
  run();
  const std::int64_t before = allocations();
  run();
  return allocations() - before;
}

void check_nothing_allocated(const CpuOptions& options) {
  const auto backend = make_cpu_backend(options);
  Recorded training(*backend, Mode::train), inference(*backend, Mode::infer);
  training.train();
  const auto judge = [&] { inference.program->tape().forward(); };
  judge();
  const BackendMemory memory = backend->memory();
  CHECK(allocations_of([&] { training.train(); }) == 0);
  CHECK(allocations_of(judge) == 0);
  CHECK(backend->memory().workspace_bytes == memory.workspace_bytes);
  CHECK(backend->memory().packed_bytes == memory.packed_bytes);
}

}  // namespace

TEST_CASE("allocations are counted") {
  const std::int64_t before = allocations();
  const auto some = std::make_unique<std::array<char, 100>>();
  CHECK(some != nullptr);
  CHECK(allocations() == before + 1);
}

TEST_CASE("training and inference on the cpu allocate nothing after their first run") {
  check_nothing_allocated({.threads = 2});
  check_nothing_allocated({.threads = 2, .direct_convolution = true});
}

// Less than all filters, and none at all: what is not kept is transformed anew for each op, in the same
// memory.
constexpr std::size_t kFilterBounds[] = {std::size_t{1} << 20, 1};

TEST_CASE("with a bound on transformed filters training and inference allocate nothing either") {
  for (const std::size_t bound : kFilterBounds) {
    check_nothing_allocated({.threads = 2, .max_packed_bytes = bound});
  }
}

TEST_CASE("training and inference on the cpu in bf16 allocate nothing after their first run") {
  if (cpu::kernel_set("").bf16 == nullptr) return skip("this processor has no bf16 products");
  check_nothing_allocated({.precision = Precision::bf16, .threads = 2});
  for (const std::size_t bound : kFilterBounds) {
    check_nothing_allocated({.precision = Precision::bf16, .threads = 2, .max_packed_bytes = bound});
  }
}

}  // namespace c3d
