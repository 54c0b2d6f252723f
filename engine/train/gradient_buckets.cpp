#include "engine/train/gradient_buckets.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

namespace c3d {
namespace {

constexpr std::array kEnds{0.6, 0.95};  // of a bucket, as a share of all elements from the last one on

}  // namespace

std::vector<GradientBucket> gradient_buckets(const ParameterStore& parameters, const Tape& tape) {
  std::vector<GradientBucket> buckets;
  const auto all = static_cast<double>(parameters.element_count());
  bool is_open = false;
  std::size_t end = 0;
  for (auto index = static_cast<std::int32_t>(parameters.size()); index-- > 0;) {
    const ParameterId id{index};
    const std::int64_t first = parameters.first_element(id);
    if (const std::optional<int> whole_after = tape.gradient_is_whole_after(id)) {
      const std::int64_t count = parameters.specs()[static_cast<std::size_t>(index)].shape.count();
      if (!is_open) buckets.push_back({.first = first, .count = count, .whole_after = *whole_after});
      is_open = true;
      GradientBucket& bucket = buckets.back();
      bucket.count += bucket.first - first;
      bucket.first = first;
      bucket.whole_after = std::min(bucket.whole_after, *whole_after);
    }
    while (end < kEnds.size() && all - static_cast<double>(first) >= kEnds[end] * all) {
      is_open = false;
      ++end;
    }
  }
  std::ranges::stable_sort(buckets, std::greater(), &GradientBucket::whole_after);
  return buckets;
}

}  // namespace c3d
