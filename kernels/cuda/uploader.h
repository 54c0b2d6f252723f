// Copies from pinned host memory to the device while the device computes: the bytes go into one of two
// staging buffers on a stream of their own, and from there to their place in the queue's order, a thousandth
// of the time. So the host fills the next batch in while the last is worked on, and nothing is overwritten
// that is still read. Not thread-safe; borrows the queue's stream.
#pragma once

#include <array>
#include <span>

#include "engine/core/tensor.h"
#include "kernels/cuda/resources.h"

namespace c3d::cuda {

class Uploader {
 public:
  explicit Uploader(cudaStream_t queue);
  ~Uploader();
  Uploader(const Uploader&) = delete;
  Uploader& operator=(const Uploader&) = delete;

  void copy(const std::byte* pinned, std::byte* device, std::size_t bytes);
  // The parts, all in pinned memory, one after the other: `bytes` in all, by one staging buffer.
  void copy_parts(std::span<const ConstTensor> parts, std::byte* device, std::size_t bytes);
  std::size_t staging_bytes() const { return slots_[0].bytes + slots_[1].bytes; }

 private:
  struct Slot {
    DeviceMemory data;
    std::size_t bytes = 0;
    CudaEvent filled, emptied;
  };

  // `to` on that stream.
  static void upload(std::span<const ConstTensor> parts, std::byte* to, cudaStream_t stream);

  cudaStream_t queue_;
  Stream copies_;
  std::array<Slot, 2> slots_;
  std::size_t next_ = 0;
};

}  // namespace c3d::cuda
