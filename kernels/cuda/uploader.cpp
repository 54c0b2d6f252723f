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

void Uploader::upload(std::span<const ConstTensor> parts, std::byte* to, cudaStream_t stream) {
  for (const ConstTensor& part : parts) {
    check(cudaMemcpyAsync(to, part.data(), part.bytes(), cudaMemcpyHostToDevice, stream),
          "uploading {} bytes", part.bytes());
    to += part.bytes();
  }
}

void Uploader::copy(const std::byte* pinned, std::byte* device, std::size_t bytes) {
  const ConstTensor whole(pinned, {static_cast<std::int64_t>(bytes)}, DType::u8, MemoryKind::pinned);
  copy_parts(std::span(&whole, 1), device, bytes);
}

void Uploader::copy_parts(std::span<const ConstTensor> parts, std::byte* device, std::size_t bytes) {
  if (bytes < kDirectBytes) return upload(parts, device, queue_);
  Slot& slot = slots_[next_];
  next_ = (next_ + 1) % slots_.size();
  if (slot.bytes < bytes) {
    slot.bytes = 0;
    slot.data = allocate_device(bytes, "a staging buffer for uploads");
    slot.bytes = bytes;
  } else {
    check(cudaStreamWaitEvent(copies_.get(), slot.emptied.get(), 0), "waiting for a staging buffer");
  }
  upload(parts, slot.data.get(), copies_.get());
  check(cudaEventRecord(slot.filled.get(), copies_.get()), "marking an upload");
  check(cudaStreamWaitEvent(queue_, slot.filled.get(), 0), "waiting for an upload");
  check(cudaMemcpyAsync(device, slot.data.get(), bytes, cudaMemcpyDeviceToDevice, queue_),
        "placing an upload of {} bytes", bytes);
  check(cudaEventRecord(slot.emptied.get(), queue_), "marking a staging buffer empty");
}

}  // namespace c3d::cuda
