#include "c3d/inference/clip_memory.h"

#include <functional>

namespace c3d {
namespace {

constexpr std::size_t kPieceAlignment = 4096;

std::size_t aligned(std::size_t bytes) {
  return (bytes + kPieceAlignment - 1) / kPieceAlignment * kPieceAlignment;
}

}  // namespace

ClipMemory::ClipMemory(Backend& backend, std::size_t clip_bytes, std::size_t clips)
    : backend_(backend),
      clip_bytes_(aligned(clip_bytes)),
      block_(backend.allocate(clip_bytes_ * clips, MemoryKind::pinned)) {
  free_.reserve(clips);
  for (std::size_t i = clips; i > 0; --i) free_.push_back(block_.data() + (i - 1) * clip_bytes_);
}

bool ClipMemory::is_ours(const void* memory) const {
  const auto* const byte = static_cast<const std::byte*>(memory);
  return !std::less<>()(byte, block_.data()) && std::less<>()(byte, block_.data() + block_.bytes());
}

MemoryKind ClipMemory::kind_of(const void* memory) const {
  return is_ours(memory) ? block_.memory_kind() : MemoryKind::host;
}

void* ClipMemory::do_allocate(std::size_t bytes, std::size_t alignment) {
  if (bytes <= clip_bytes_) {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      std::byte* const piece = free_.back();
      free_.pop_back();
      return piece;
    }
  }
  return std::pmr::new_delete_resource()->allocate(bytes, alignment);
}

void ClipMemory::do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) {
  if (!is_ours(memory)) return std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
  const std::lock_guard lock(mutex_);
  free_.push_back(static_cast<std::byte*>(memory));
}

}  // namespace c3d
