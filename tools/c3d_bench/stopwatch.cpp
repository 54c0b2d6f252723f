#include "tools/c3d_bench/stopwatch.h"

#include <algorithm>
#include <cmath>

namespace c3d {

double median(std::vector<double> values) {
  expect(!values.empty(), "median: of no values");
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double Stopwatch::median_seconds(const std::function<void()>& work) const {
  return median(all_seconds(work));
}

double Stopwatch::best_seconds(const std::function<void()>& work) const {
  return std::ranges::min(all_seconds(work));
}

Stopwatch Stopwatch::cold(Backend& backend, int repeats) {
  constexpr std::size_t kSweptBytes = std::size_t{512} << 20;  // the largest caches are processors' of 384 MB
  Stopwatch stopwatch(backend, repeats);
  stopwatch.swept_ = backend.allocate(kSweptBytes, MemoryKind::device);
  return stopwatch;
}

std::vector<double> Stopwatch::all_seconds(const std::function<void()>& work) const {
  work();
  if (swept_.bytes() > 0) {
    std::vector<double> all(static_cast<std::size_t>(repeats_));
    for (double& one : all) {
      backend_.zero(swept_.tensor({static_cast<std::int64_t>(swept_.bytes())}, DType::u8));
      one = seconds(work, 1);
    }
    return all;
  }
  const double once = seconds(work, 1);
  const int times = static_cast<int>(std::clamp(std::ceil(2e-3 / std::max(once, 1e-7)), 1.0, 1000.0));
  std::vector<double> all(static_cast<std::size_t>(repeats_));
  for (double& one : all) one = seconds(work, times);
  return all;
}

double Stopwatch::seconds(const std::function<void()>& work, int times) const {
  const Event from = backend_.record_event();
  for (int i = 0; i < times; ++i) work();
  const Event to = backend_.record_event();
  return backend_.milliseconds(from, to) / 1000 / times;
}

}  // namespace c3d
