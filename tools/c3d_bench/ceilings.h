// What a machine can do at most, as one run saw it, and how much of that an op uses.
//
// A share of the peak is the least time of an op over the time that it took. The least time is that of its
// multiplications at the highest rate seen of numbers of their type, or that of its bytes, whichever is
// longer. The rates are those of loops that do nothing else, and those of the ops themselves: what was
// reached can be reached, so no share exceeds 1, and a ceiling is never below the machine's own. What counts
// are multiplications that a kernel does (Winograd's algorithm does fewer than the definition of a
// convolution), and bytes that must be read and written once.
#pragma once

#include <vector>

#include "tools/c3d_bench/measurements.h"

namespace c3d {

class Ceilings {
 public:
  struct Rate {
    double multiply_adds_per_second = 0;  // 0: none was seen
    std::string seen_in;                  // "registers", "conv3d conv2 forward"
  };
  // Bytes a second of work that touches so many: caches are faster than memory.
  struct Traffic {
    double bytes = 0, bytes_per_second = 0;
  };

  void see_multiply_adds(DType type, double per_second, const std::string& seen_in);
  void see_traffic(double bytes, double bytes_per_second);
  void see(const OpTime& op);

  // of f32 or bf16
  const Rate& multiply_adds(DType type) const { return type == DType::bf16 ? bf16_ : f32_; }
  // Of loops alone, by size.
  const std::vector<Traffic>& traffic() const { return traffic_; }

  // Of an op that was seen: in (0, 1].
  double share_of_peak(const OpTime& op) const;

 private:
  double max_bytes_per_second(double bytes) const;

  Rate f32_, bf16_;
  std::vector<Traffic> traffic_, of_ops_;
};

// All ops are seen before the first is judged.
void judge(std::vector<OpTime>& ops, Ceilings& ceilings);

}  // namespace c3d
