#include "tools/c3d_bench/ceilings.h"

#include <algorithm>

namespace c3d {

void Ceilings::see_multiply_adds(DType type, double per_second, const std::string& seen_in) {
  Rate& rate = type == DType::bf16 ? bf16_ : f32_;
  if (per_second > rate.multiply_adds_per_second) rate = {per_second, seen_in};
}

void Ceilings::see_traffic(double bytes, double bytes_per_second) {
  const auto place = std::lower_bound(traffic_.begin(), traffic_.end(), bytes,
                                      [](const Traffic& one, double size) { return one.bytes < size; });
  if (place == traffic_.end() || place->bytes > bytes) {
    traffic_.insert(place, {bytes, bytes_per_second});
  } else {
    place->bytes_per_second = std::max(place->bytes_per_second, bytes_per_second);
  }
}

void Ceilings::see(const OpTime& op) {
  if (op.multiplied.count > 0) {
    see_multiply_adds(op.multiplied.type, op.multiplied.count / op.seconds,
                      fmt::format("{} {} {}", op.op, op.layer, op.direction));
  }
  of_ops_.push_back({op.bytes, op.bytes / op.seconds});
}

// Work that touches as much or more has at most these caches. Of the loops that touch less the largest counts
// too: between its size and the next no loop was run.
double Ceilings::max_bytes_per_second(double bytes) const {
  double most = 0;
  for (auto loop = traffic_.rbegin(); loop != traffic_.rend(); ++loop) {
    most = std::max(most, loop->bytes_per_second);
    if (loop->bytes <= bytes) break;
  }
  for (const Traffic& op : of_ops_) {
    if (op.bytes >= bytes) most = std::max(most, op.bytes_per_second);
  }
  return most;
}

double Ceilings::share_of_peak(const OpTime& op) const {
  double least = op.bytes / max_bytes_per_second(op.bytes);
  if (op.multiplied.count > 0) {
    const double rate = multiply_adds(op.multiplied.type).multiply_adds_per_second;
    least = std::max(least, op.multiplied.count / rate);
  }
  return least / op.seconds;
}

void judge(std::vector<OpTime>& ops, Ceilings& ceilings) {
  for (const OpTime& op : ops) ceilings.see(op);
  for (OpTime& op : ops) op.share_of_peak = ceilings.share_of_peak(op);
}

}  // namespace c3d
