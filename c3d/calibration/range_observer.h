// Watches a network while it runs, and keeps how large the results become of those layers that fp8 keeps in 8
// bits.
#pragma once

#include <span>
#include <vector>

#include "engine/autograd/tape.h"
#include "model/activation_ranges.h"

namespace c3d {

class RangeObserver : public TapeObserver {
 public:
  // The backend computes in f32, and outlives this object.
  explicit RangeObserver(Backend& backend) : backend_(backend) {}

  // Which rows of the next run count: those whose label is 0 or more. Borrowed until the run is over.
  void count_rows(std::span<const std::int32_t> labels) { labels_ = labels; }
  void before(const OpEvent& /*event*/) override {}
  // Error: a result is no finite number.
  void after(const OpEvent& event) override;

  const ActivationRanges& ranges() const { return ranges_; }

 private:
  Backend& backend_;
  std::span<const std::int32_t> labels_;
  std::vector<float> values_;
  ActivationRanges ranges_{};
};

}  // namespace c3d
