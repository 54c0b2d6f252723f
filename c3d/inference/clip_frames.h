// The bytes of a clip in memory that a memory_resource gives, taken, copied and given back as one block. (A
// std::pmr::vector constructs and destroys each byte by itself.)
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <span>
#include <utility>

namespace c3d {

class ClipFrames {
 public:
  // Not cleared. The memory outlives the clip.
  explicit ClipFrames(std::size_t bytes = 0,
                      std::pmr::memory_resource* memory = std::pmr::get_default_resource())
      : memory_(memory),
        size_(bytes),
        data_(bytes == 0 ? nullptr : static_cast<std::uint8_t*>(memory->allocate(bytes, kAlignment))) {}
  ~ClipFrames() {
    if (data_ != nullptr) memory_->deallocate(data_, size_, kAlignment);
  }
  explicit ClipFrames(std::span<const std::uint8_t> bytes,
                      std::pmr::memory_resource* memory = std::pmr::get_default_resource())
      : ClipFrames(bytes.size(), memory) {
    if (size_ > 0) std::memcpy(data_, bytes.data(), size_);
  }
  ClipFrames(const ClipFrames& other)  // in ordinary memory
      : ClipFrames(std::span(other.data_, other.size_)) {}
  ClipFrames(ClipFrames&& other) noexcept
      : memory_(other.memory_),
        size_(std::exchange(other.size_, 0)),
        data_(std::exchange(other.data_, nullptr)) {}
  ClipFrames& operator=(ClipFrames other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(data_, other.data_);
    return *this;
  }

  std::size_t size() const { return size_; }
  std::uint8_t* data() { return data_; }
  const std::uint8_t* data() const { return data_; }
  std::uint8_t* begin() { return data_; }
  const std::uint8_t* begin() const { return data_; }
  std::uint8_t* end() { return data_ + size_; }
  const std::uint8_t* end() const { return data_ + size_; }
  std::uint8_t& operator[](std::size_t i) { return data_[i]; }
  std::uint8_t operator[](std::size_t i) const { return data_[i]; }
  bool operator==(const ClipFrames& other) const {
    return std::equal(begin(), end(), other.begin(), other.end());
  }

 private:
  static constexpr std::size_t kAlignment = alignof(std::max_align_t);

  std::pmr::memory_resource* memory_;
  std::size_t size_;
  std::uint8_t* data_;
};

}  // namespace c3d
