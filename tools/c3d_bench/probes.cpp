#include "tools/c3d_bench/probes.h"

#include <algorithm>

#include "tools/c3d_bench/random_values.h"

namespace c3d {

void Probes::registers() {
  for (const DType type : {DType::f32, DType::bf16}) {
    if (type == DType::bf16 && backend_.precision() != Precision::bf16) continue;
    const double rate = backend_.measure_multiply_adds(type);
    if (rate <= 0) continue;
    has_registers_ = true;
    ceilings_.see_multiply_adds(type, rate, "registers");
  }
}

void Probes::products() {
  constexpr std::int64_t kSmallest = 512, kLargest = 8192;
  constexpr double kEnoughSeconds = 0.02;
  if (has_registers_) return;
  double seconds = 0;
  for (std::int64_t n = kSmallest; n <= kLargest && seconds < kEnoughSeconds; n *= 2) {
    const Shape square{n, n};
    std::vector<Buffer> buffers;
    const auto make = [&](const Shape& shape) {
      const std::size_t bytes = static_cast<std::size_t>(shape.count()) * size_of(type());
      buffers.push_back(backend_.allocate(bytes, MemoryKind::device));
      const Tensor tensor = buffers.back().tensor(shape, type());
      fill_with_random(backend_, tensor);
      return tensor;
    };
    const Tensor x = make(square), weight = make(square), bias = make({n}), y = make(square);
    seconds = stopwatch_.best_seconds([&] { backend_.linear_forward(Activation::none, x, weight, bias, y); });
    const auto edge = static_cast<double>(n);
    ceilings_.see_multiply_adds(type(), edge * edge * edge / seconds,
                                fmt::format("a product of {0} x {0}", n));
  }
}

void Probes::memory() {
  constexpr std::int64_t kLargest = std::int64_t{1} << 28, kSmallest = std::int64_t{1} << 16;
  const Buffer block = backend_.allocate(kLargest * sizeof(float), MemoryKind::device);
  const Buffer sum = backend_.allocate(sizeof(float), MemoryKind::device);
  const Tensor values = block.tensor({kLargest}, DType::f32), scalar = sum.tensor({1}, DType::f32);
  backend_.zero(values);
  for (std::int64_t count = kSmallest; count <= kLargest; count *= 4) {
    const Tensor from = values.rows(0, count / 2), to = values.rows(count / 2, count / 2);
    const double reading =
        stopwatch_.best_seconds([&] { backend_.sum_of_squares(values.rows(0, count), scalar); });
    const double copying = stopwatch_.best_seconds([&] { backend_.copy(from, to); });
    const double bytes = static_cast<double>(count) * sizeof(float);
    ceilings_.see_traffic(bytes, bytes / std::min(reading, copying));
  }
}

}  // namespace c3d
