// Where kernels leave a label that no class has: pinned memory that the device writes and the host reads once it has
// waited. A recorded step writes there as a plain one does. One thread.
#pragma once

#include "kernels/cuda/arithmetic.h"
#include "kernels/cuda/resources.h"

namespace c3d::cuda {

class WrongLabels {
 public:
  WrongLabels() : memory_(allocate_pinned(sizeof(std::uint64_t))) { *word() = 0; }

  std::uint64_t* word() const { return reinterpret_cast<std::uint64_t*>(memory_.get()); }
  // After the device was waited for. Error that names the row and the label, once for each.
  void check() {
    const std::uint64_t found = *word();
    if (found == 0) return;
    *word() = 0;
    fail("softmax_cross_entropy: row {} has label {}, and there is no such class", row_of_word(found),
         label_of_word(found));
  }

 private:
  PinnedMemory memory_;
};

}  // namespace c3d::cuda
