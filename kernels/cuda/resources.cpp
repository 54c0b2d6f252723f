#include "kernels/cuda/resources.h"

#include <algorithm>

#include "kernels/cuda/check.h"
#include "kernels/cuda/step_graphs.h"

namespace c3d::cuda {
namespace {

double gib(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 30); }

}  // namespace

DeviceMemory allocate_device(std::size_t bytes, const char* purpose) {
  void* data = nullptr;
  const cudaError_t status = cudaMalloc(&data, std::max<std::size_t>(bytes, 1));
  if (status == cudaErrorMemoryAllocation) {
    static_cast<void>(cudaGetLastError());  // it is told here, and must not be found by the next call
    std::size_t available = 0, total = 0;
    check(cudaMemGetInfo(&available, &total), "asking how much memory the GPU has left");
    throw OutOfMemory(
        fmt::format("cuda: the GPU's memory is too small: {} wants {:.2f} GiB, but {:.2f} of {:.2f} "
                    "GiB are free (the rest is held by this program or by others on the same GPU)",
                    purpose, gib(bytes), gib(available), gib(total)),
        bytes, available);
  }
  check(status, "allocating {:.2f} GiB of GPU memory for {}", gib(bytes), purpose);
  return DeviceMemory(static_cast<std::byte*>(data));
}

PinnedMemory allocate_pinned(std::size_t bytes) {
  void* data = nullptr;
  check(cudaHostAlloc(&data, std::max<std::size_t>(bytes, 1), cudaHostAllocDefault),
        "allocating {:.2f} GiB of pinned host memory", gib(bytes));
  return PinnedMemory(static_cast<std::byte*>(data));
}

Stream make_stream() {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a stream");
  return Stream(stream);
}

CudaEvent make_event(unsigned flags) {
  cudaEvent_t event = nullptr;
  check(cudaEventCreateWithFlags(&event, flags), "making an event");
  return CudaEvent(event);
}

std::byte* Workspace::get(Purpose purpose, std::size_t bytes) {
  Block& block = blocks_[static_cast<std::size_t>(purpose)];
  if (block.data == nullptr || block.bytes < bytes) {
    if (frozen_) throw NotRecordable("cuda: a recorded step wants more scratch memory");
    ++generation_;
    block.data.reset();  // waits until the device no longer uses it
    block.bytes = 0;
    block.data = allocate_device(bytes, "scratch memory");
    block.bytes = bytes;
  }
  return block.data.get();
}

Tensor Workspace::tensor(Purpose purpose, const Shape& shape, DType type) {
  return {get(purpose, static_cast<std::size_t>(shape.count()) * size_of(type)), shape, type,
          MemoryKind::device};
}

std::size_t Workspace::bytes() const {
  std::size_t total = 0;
  for (const Block& block : blocks_) total += block.bytes;
  return total;
}

}  // namespace c3d::cuda
