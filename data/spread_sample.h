// Some of many things that come in turn and whose number is not known before the last has come: every one of
// a few, every 2nd, 4th, 8th ... of more, between 32 and 64 in the end, spread evenly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace c3d {

template <typename Thing>
class SpreadSample {
 public:
  // Whether it would keep the next one.
  bool wants_next() const { return count_ % stride_ == 0; }
  void add(Thing thing) {  // one that it wants
    if (kept_.size() == kMost) {
      for (std::size_t i = 0; i < kMost / 2; ++i) kept_[i] = std::move(kept_[2 * i]);
      kept_.erase(kept_.begin() + kMost / 2, kept_.end());
      stride_ *= 2;
    }
    kept_.push_back(std::move(thing));
    ++count_;
  }
  void skip() { ++count_; }  // one that it does not want

  std::int64_t count() const { return count_; }             // of all that came
  std::int64_t stride() const { return stride_; }           // from one that is kept to the next
  const std::vector<Thing>& kept() const { return kept_; }  // numbers 0, stride, 2 * stride ...

 private:
  static constexpr std::size_t kMost = 64;
  std::int64_t count_ = 0, stride_ = 1;
  std::vector<Thing> kept_;
};

}  // namespace c3d
