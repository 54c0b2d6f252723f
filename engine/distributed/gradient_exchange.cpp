#include "engine/distributed/gradient_exchange.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

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

// Backends that compute in host memory have done an op when it returns.
class HostAllReducer final : public AllReducer {
 public:
  explicit HostAllReducer(Communicator& ranks) : ranks_(ranks) {}
  std::string description() const override { return "by MPI in the hosts' memory, beside backward"; }
  bool runs_beside() const override { return true; }
  void start(Tensor values, int contributors, void* /*queue*/) override {
    ranks_.start_all_reduce(std::span(values.as<float>(), static_cast<std::size_t>(values.count())),
                            contributors);
  }
  void join(void* /*queue*/) override { ranks_.join_all_reduces(); }

 private:
  Communicator& ranks_;
};

class StagedAllReducer final : public AllReducer {
 public:
  StagedAllReducer(Communicator& ranks, Backend& backend, std::string why)
      : ranks_(ranks), backend_(backend), why_(std::move(why)) {}
  std::string description() const override {
    return fmt::format("by MPI through the hosts' memory, after backward, not by NCCL on the GPUs: {}", why_);
  }
  bool runs_beside() const override { return false; }
  void start(Tensor values, int contributors, void* /*queue*/) override {
    on_host(backend_, values, [&](std::span<float> piece) {
      ranks_.start_all_reduce(piece, contributors);
      ranks_.join_all_reduces();
    });
  }
  void join(void* /*queue*/) override {}

 private:
  Communicator& ranks_;
  Backend& backend_;
  std::string why_;
};

}  // namespace

std::unique_ptr<AllReducer> make_all_reducer(Communicator& ranks, Backend& backend, ConstTensor example) {
  if (ranks.is_alone()) return nullptr;
  if (example.memory_kind() != MemoryKind::device) return std::make_unique<HostAllReducer>(ranks);
  DeviceReducer device = ranks.device_all_reducer(example);
  if (device.reducer != nullptr) return std::move(device.reducer);
  return std::make_unique<StagedAllReducer>(ranks, backend, std::move(device.obstacle));
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
