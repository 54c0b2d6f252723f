// How long to wait before a lost stream is asked for again: twice as long each time, until it gives a frame.
#pragma once

#include <algorithm>
#include <utility>

namespace c3d {

class ReconnectDelay {
 public:
  ReconnectDelay(double first, double longest) : first_(first), longest_(longest), next_(first) {}
  double next() { return std::exchange(next_, std::min(2 * next_, longest_)); }  // seconds
  void reset() { next_ = first_; }

 private:
  double first_, longest_, next_;
};

}  // namespace c3d
