#include "kernels/cuda/uploader.h"

#include "kernels/cuda/check.h"

namespace c3d::cuda {
namespace {

// Below this a copy takes less time than the detour.
constexpr std::size_t kDirectBytes = std::size_t{1} << 20;

}  // namespace

Uploader::Uploader(cudaStream_t queue) : queue_(queue), copies_(make_stream()) {
  for (Slot& slot : slots_) {
    slot.filled = make_event(cudaEventDisableTiming);
    slot.emptied = make_event(cudaEventDisableTiming);
  }
}

Uploader::~Uploader() { static_cast<void>(cudaStreamSynchronize(copies_.get())); }

void Uploader::copy(const std::byte* pinned, std::byte* device, std::size_t bytes) {
  if (bytes < kDirectBytes) {
    check(cudaMemcpyAsync(device, pinned, bytes, cudaMemcpyHostToDevice, queue_), "uploading {} bytes",
          bytes);
    return;
  }
  Slot& slot = slots_[next_];
  next_ = (next_ + 1) % slots_.size();
  if (slot.bytes < bytes) {
    slot.bytes = 0;
    slot.data = allocate_device(bytes, "a staging buffer for uploads");
    slot.bytes = bytes;
  } else {
    check(cudaStreamWaitEvent(copies_.get(), slot.emptied.get(), 0), "waiting for a staging buffer");
  }
  check(cudaMemcpyAsync(slot.data.get(), pinned, bytes, cudaMemcpyHostToDevice, copies_.get()),
        "uploading {} bytes", bytes);
  check(cudaEventRecord(slot.filled.get(), copies_.get()), "marking an upload");
  check(cudaStreamWaitEvent(queue_, slot.filled.get(), 0), "waiting for an upload");
  check(cudaMemcpyAsync(device, slot.data.get(), bytes, cudaMemcpyDeviceToDevice, queue_),
        "placing an upload of {} bytes", bytes);
  check(cudaEventRecord(slot.emptied.get(), queue_), "marking a staging buffer empty");
}

}  // namespace c3d::cuda
