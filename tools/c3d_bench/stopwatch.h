// How long work on a backend takes: the median or the best of repeats, each long enough to be measured.
#pragma once

#include <functional>
#include <vector>

#include "engine/core/backend.h"

namespace c3d {

class Stopwatch {
 public:
  // `repeats` timings of each piece of work, after two runs to warm up. Work shorter than two milliseconds is
  // repeated inside one timing.
  Stopwatch(Backend& backend, int repeats) : backend_(backend), repeats_(repeats) {}
  // The same, but each run is timed by itself, after memory larger than any cache was written, as where a network
  // answers once in a while.
  static Stopwatch cold(Backend& backend, int repeats);
  double median_seconds(const std::function<void()>& work) const;
  // Of a machine's own limit.
  double best_seconds(const std::function<void()>& work) const;

 private:
  std::vector<double> all_seconds(const std::function<void()>& work) const;
  double seconds(const std::function<void()>& work, int times) const;

  Backend& backend_;
  int repeats_;
  Buffer swept_;  // between timings; empty: caches stay as they are
};

double median(std::vector<double> values);

}  // namespace c3d
