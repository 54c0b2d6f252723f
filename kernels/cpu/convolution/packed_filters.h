// The transformed copies of filters that convolutions read. Kept until the parameters change or go, as far as
// the bound allows: beyond it they are transformed anew for each call, in the workspace. Not thread-safe.
#pragma once

#include <list>

#include "kernels/cpu/convolution/problem/kernel.h"
#include "kernels/cpu/memory/workspace.h"

namespace c3d::cpu {

class PackedFilters {
 public:
  // max_bytes: kept at most, 0: no bound. The workspace must outlive this object.
  PackedFilters(int threads, std::size_t max_bytes, Workspace& workspace)
      : threads_(threads), max_bytes_(max_bytes), workspace_(workspace) {}

  // The filters for one kernel; valid until the next call. filter_bytes: of the untransformed ones.
  const std::byte* get(const ConvolutionKernel& kernel, const FilterJob& filter, std::size_t filter_bytes);

  // All filters there are, each for so many directions: then share() divides the bound among them by size.
  void declare(std::size_t filter_bytes, int directions) {
    declared_bytes_ = filter_bytes * static_cast<std::size_t>(directions);
  }
  // Transformed filters should take no more than this; 0: no bound. Before declare() that is the whole bound:
  // whoever comes first has it.
  std::size_t share(std::size_t filter_bytes) const;

  void parameters_changed();  // all are stale
  // Memory that may hold filters was written: what was packed from it is stale; or freed: it is dropped.
  void overwritten(const std::byte* data, std::size_t bytes);
  void freed(const std::byte* data, std::size_t bytes);

  std::size_t bytes() const;
  std::size_t max_bytes() const { return max_bytes_; }

 private:
  struct Entry {
    const std::byte* source;
    std::size_t source_bytes;
    const ConvolutionKernel* kernel;
    bool flipped;
    AlignedBytes packed;
    std::size_t bytes;
    bool stale;
    bool reads(const std::byte* data, std::size_t count) const {
      return source < data + count && data < source + source_bytes;
    }
  };

  int threads_;
  std::size_t max_bytes_, declared_bytes_ = 0;
  Workspace& workspace_;
  std::list<Entry> entries_;
};

}  // namespace c3d::cpu
