#include "kernels/cpu/convolution/packed_filters.h"

#include <algorithm>

namespace c3d::cpu {

const std::byte* PackedFilters::get(const ConvolutionKernel& kernel, const FilterJob& filter,
                                    std::size_t filter_bytes) {
  const auto* source = static_cast<const std::byte*>(filter.filter);
  const auto bytes = static_cast<std::size_t>(kernel.filter_bytes(filter));
  auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) {
    return e.source == source && e.kernel == &kernel && e.flipped == filter.flipped &&
           e.source_bytes == filter_bytes;
  });
  if (found != entries_.end() && found->bytes != bytes) {  // another shape of the same memory
    entries_.erase(found);
    found = entries_.end();
  }
  if (found == entries_.end()) {
    if (max_bytes_ > 0 && this->bytes() + bytes > max_bytes_) {
      std::byte* packed = workspace_.get(Purpose::filters, bytes);
      kernel.pack(threads_, filter, packed);
      return packed;
    }
    entries_.push_back({source, filter_bytes, &kernel, filter.flipped, allocate_aligned(bytes), bytes, true});
    found = std::prev(entries_.end());
  }
  if (found->stale) {
    kernel.pack(threads_, filter, found->packed.get());
    found->stale = false;
  }
  return found->packed.get();
}

std::size_t PackedFilters::share(std::size_t filter_bytes) const {
  if (max_bytes_ == 0 || declared_bytes_ == 0) return max_bytes_;
  const double share = static_cast<double>(filter_bytes) / static_cast<double>(declared_bytes_);
  return std::max<std::size_t>(static_cast<std::size_t>(share * static_cast<double>(max_bytes_)), 1);
}

void PackedFilters::parameters_changed() {
  for (Entry& entry : entries_) entry.stale = true;
}

void PackedFilters::overwritten(const std::byte* data, std::size_t bytes) {
  for (Entry& entry : entries_) entry.stale = entry.stale || entry.reads(data, bytes);
}

void PackedFilters::freed(const std::byte* data, std::size_t bytes) {
  entries_.remove_if([&](const Entry& entry) { return entry.reads(data, bytes); });
}

std::size_t PackedFilters::bytes() const {
  std::size_t total = 0;
  for (const Entry& entry : entries_) total += entry.bytes;
  return total;
}

}  // namespace c3d::cpu
