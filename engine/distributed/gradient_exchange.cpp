#include "engine/distributed/gradient_exchange.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/io/crc32c.h"

namespace c3d {
namespace {

// Of the pinned memory that values of a device pass through.
constexpr std::int64_t kStagedElements = 8 << 20;

// Calls body(values in host memory) for all of them, piece by piece, and brings back what it made of them.
template <typename Body>
void on_host(Backend& backend, Tensor values, const Body& body) {
  if (values.memory_kind() != MemoryKind::device) {
    backend.synchronize();
    body(std::span(values.as<float>(), static_cast<std::size_t>(values.count())));
    return;
  }
  const std::int64_t most = std::min(kStagedElements, values.count());
  const Buffer memory = backend.allocate(static_cast<std::size_t>(most) * sizeof(float), MemoryKind::pinned);
  for (std::int64_t first = 0; first < values.count(); first += most) {
    const std::int64_t count = std::min(most, values.count() - first);
    const Tensor piece = values.rows(first, count), staged = memory.tensor({count}, DType::f32);
    backend.copy(piece, staged);
    backend.synchronize();
    body(std::span(staged.as<float>(), static_cast<std::size_t>(count)));
    backend.copy(staged, piece);
  }
  backend.synchronize();
}

}  // namespace

void all_reduce(Communicator& ranks, Backend& backend, Tensor values_in_place, int contributors) {
  if (ranks.is_alone()) return;
  on_host(backend, values_in_place, [&](std::span<float> values) { ranks.all_reduce(values, contributors); });
}

void broadcast(Communicator& ranks, Backend& backend, Tensor values_in_place) {
  if (ranks.is_alone()) return;
  on_host(backend, values_in_place,
          [&](std::span<float> values) { ranks.broadcast(std::as_writable_bytes(values)); });
}

std::uint32_t checksum(Backend& backend, ConstTensor values, Tensor scalar) {
  if (values.memory_kind() != MemoryKind::device) {
    backend.synchronize();
    return crc32c({values.data(), values.bytes()});
  }
  backend.sum_of_squares(values, scalar);
  float sum = 0;
  backend.copy(scalar, host_tensor(&sum, {1}));
  backend.synchronize();
  return std::bit_cast<std::uint32_t>(sum);
}

}  // namespace c3d
