// Memory for the clips that are on their way from the readers to the network: one block of the backend's
// pinned memory, from which a GPU uploads while it computes, cut into pieces of a clip each that are used
// again and again. Clips beyond that number get ordinary memory. Any thread may take and give back; a
// ClipMemory outlives its clips.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <mutex>
#include <vector>

#include "engine/core/backend.h"

namespace c3d {

class ClipMemory : public std::pmr::memory_resource {
 public:
  // One thread makes and destroys it: the one that drives the backend, which is borrowed.
  ClipMemory(Backend& backend, std::size_t clip_bytes, std::size_t clips);

  Backend& backend() const { return backend_; }
  // Of memory that was taken here.
  MemoryKind kind_of(const void* memory) const;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
  bool is_ours(const void* memory) const;

  Backend& backend_;
  std::size_t clip_bytes_;
  Buffer block_;
  std::mutex mutex_;
  std::vector<std::byte*> free_;  // the one that was used last is the next: it may still be in a cache
};

}  // namespace c3d
