// The scratch memory of the CPU backend: one grow-only block per purpose, so that after the first step
// nothing is allocated. The memory of a purpose is valid until the next call for the same purpose. Not
// thread-safe.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace c3d::cpu {

struct FreeAligned {
  void operator()(std::byte* data) const noexcept { std::free(data); }  // NOLINT: the pair of aligned_alloc
};
using AlignedBytes = std::unique_ptr<std::byte, FreeAligned>;

constexpr std::size_t kPage = 4096;  // also a multiple of any vector and cache line
constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Big blocks lie in huge pages where the system has them: transformed tiles are read from hundreds of places
// at once, more than the processor remembers small pages.
inline AlignedBytes allocate_aligned(std::size_t bytes) {
  const std::size_t page = bytes >= kHugePage ? kHugePage : kPage;
  const std::size_t whole = std::max<std::size_t>((bytes + page - 1) / page, 1) * page;
  AlignedBytes data(  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): owned from here on
      static_cast<std::byte*>(std::aligned_alloc(page, whole)));
  if (data == nullptr) throw std::bad_alloc();
  if (page == kHugePage) ::madvise(data.get(), whole, MADV_HUGEPAGE);  // a wish: small pages do too
  return data;
}

enum class Purpose {
  convolved,   // a convolution's output, or its gradient, inside a fused op
  transforms,  // tiles between their transforms and products
  sums,        // f32 sums whose result is bf16; partial gradients
  filters,     // transformed for one call, where none more may be kept
  widened,     // bf16 activations as floats
  count
};

class Workspace {
 public:
  std::byte* get(Purpose purpose, std::size_t bytes) {
    Block& block = blocks_[static_cast<std::size_t>(purpose)];
    if (block.bytes < bytes) {
      block.data.reset();
      block.data = allocate_aligned(bytes);
      block.bytes = bytes;
    }
    return block.data.get();
  }

  std::size_t bytes(Purpose purpose) const { return blocks_[static_cast<std::size_t>(purpose)].bytes; }
  // Back to what it was, or less; what it held is lost.
  void shrink(Purpose purpose, std::size_t bytes) {
    Block& block = blocks_[static_cast<std::size_t>(purpose)];
    if (block.bytes <= bytes) return;
    block = {};
    if (bytes > 0) get(purpose, bytes);
  }
  std::size_t bytes() const {
    std::size_t total = 0;
    for (const Block& block : blocks_) total += block.bytes;
    return total;
  }

 private:
  struct Block {
    AlignedBytes data;
    std::size_t bytes = 0;
  };
  std::array<Block, static_cast<std::size_t>(Purpose::count)> blocks_;
};

}  // namespace c3d::cpu
