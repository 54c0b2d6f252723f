#include "engine/distributed/nccl/gpu_sums.h"

#include <fmt/format.h>

#include <map>

namespace c3d {
namespace {

void check_cuda(cudaError_t status, const char* what) {
  expect(status == cudaSuccess, "cuda: {} failed: CUDA says '{}' ({})", what, cudaGetErrorString(status),
         cudaGetErrorName(status));
}

cudaEvent_t make_mark() {
  cudaEvent_t event = nullptr;
  check_cuda(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "making an event");
  return event;
}

}  // namespace

std::string gpu_obstacle(const Communicator& ranks, const std::vector<std::string>& places) {
  std::map<std::string, int> taken;
  for (int rank = 0; rank < ranks.size(); ++rank) {
    const std::string& place = places.at(static_cast<std::size_t>(rank));
    if (place.starts_with('-')) return fmt::format("{}: {}", ranks.name_of(rank), place.substr(1));
    const auto [other, is_free] = taken.try_emplace(place, rank);
    if (!is_free) {
      return fmt::format("{} and {} share one GPU ({})", ranks.name_of(other->second), ranks.name_of(rank),
                         place);
    }
  }
  return "";
}

// 2.9 and later: 22304 is 2.23.4.
std::string GpuSums::description() const {
  int version = 0;
  check(library_.version(&version), "asking for its version");
  return fmt::format("by NCCL {}.{}.{} in the GPUs' memory, beside backward", version / 10000,
                     version / 100 % 100, version % 100);
}

GpuSums::GpuSums(const Nccl& library, Communicator& ranks, int device)
    : library_(library), rank_(ranks.rank()) {
  check_cuda(cudaSetDevice(device), "choosing the GPU of this rank");
  ncclUniqueId id{};
  if (ranks.leads()) check(library_.make_id(&id), "making the ranks' common name");
  ranks.broadcast(std::as_writable_bytes(std::span(&id, 1)));
  check(library_.init_rank(&comm_, ranks.size(), id, rank_), "joining the GPUs of all ranks");
  // The sums' kernels are few, and others wait for them.
  int least = 0, greatest = 0;
  check_cuda(cudaDeviceGetStreamPriorityRange(&least, &greatest), "asking for the priorities of streams");
  cudaStream_t stream = nullptr;
  check_cuda(cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, greatest), "making a stream");
  stream_.reset(stream);
  ready_.reset(make_mark());
  done_.reset(make_mark());
}

// Another rank may be gone by now, and would be waited for otherwise.
GpuSums::~GpuSums() {
  if (comm_ != nullptr) static_cast<void>(library_.abort(comm_));
}

void GpuSums::start(Tensor values, int contributors, void* queue) {
  auto* backend = static_cast<cudaStream_t>(queue);
  check_cuda(cudaEventRecord(ready_.get(), backend), "marking that a gradient is whole");
  check_cuda(cudaStreamWaitEvent(stream_.get(), ready_.get(), 0), "waiting for a gradient");
  is_under_way_ = true;
  if (rank_ >= contributors)
    check_cuda(cudaMemsetAsync(values.data(), 0, values.bytes(), stream_.get()), "clearing a gradient");
  check(library_.all_reduce(values.data(), values.data(), static_cast<std::size_t>(values.count()), ncclFloat,
                            ncclSum, comm_, stream_.get()),
        "summing a gradient over all ranks");
}

// Only what was started is waited for: a stream that is recorded must not wait for one that is not.
void GpuSums::join(void* queue) {
  if (!is_under_way_) return;
  is_under_way_ = false;
  check_cuda(cudaEventRecord(done_.get(), stream_.get()), "marking that gradients are summed");
  check_cuda(cudaStreamWaitEvent(static_cast<cudaStream_t>(queue), done_.get(), 0), "waiting for sums");
}

void GpuSums::check(ncclResult_t status, const char* what) const {
  if (status == ncclSuccess) return;
  const char* last = library_.last_error(comm_);
  fail("nccl: {} failed: NCCL says '{}' {}", what, library_.error_string(status),
       last != nullptr ? last : "");
}

}  // namespace c3d
