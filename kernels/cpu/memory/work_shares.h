// Items of work that a team of threads shares. Each thread has a part of its own, of items that follow each
// other and so find much of what they read in its caches; done with it, it takes from what others have left,
// from the end. So a thread on a slower core, or one that something else on the machine slows down, holds up
// nobody by more than an item.
//
// Chance decides which thread does an item: results may not depend on it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace c3d::cpu {

// V: the vector type of the file that uses it, void in files for any processor.
template <typename V>
class WorkShares {
  static constexpr int kShares = 64;  // of more threads some begin with the same one
  static constexpr int kBits = 20;

  struct Part {
    std::int64_t round, first, last;
  };

 public:
  // One thread's view of the shares; each thread of the team has one.
  class StealingRange {
   public:
    [[gnu::always_inline]] StealingRange(WorkShares& shares, int thread, int team)
        : shares_(shares), count_(std::min(team, kShares)), first_(thread % count_) {}

    // body(item) for items of [0, items), until none is left to begin: others may still be at theirs. Every
    // thread of the team calls this as often, and with the same number of items each time.
    template <typename Body>
    [[gnu::always_inline]] void run(std::int64_t items, const Body& body) {
      ++round_;
      const std::int64_t group = (items >> kBits) + 1, groups = (items + group - 1) / group;
      for (int i = 0; i < count_; ++i) {
        const int share = (first_ + i) % count_;
        const Part whole{round_, groups * share / count_, groups * (share + 1) / count_};
        for (std::int64_t at = take(shares_.parts_[share].word, whole, i == 0); at >= 0;
             at = take(shares_.parts_[share].word, whole, i == 0)) {
          for (std::int64_t item = at * group; item < std::min((at + 1) * group, items); ++item) body(item);
        }
      }
    }

   private:
    // One item of a share, or -1; whole: what the share had at the beginning of this round.
    [[gnu::always_inline]] static std::int64_t take(std::atomic<std::uint64_t>& word, const Part& whole,
                                                    bool own) {
      std::uint64_t seen = word.load(std::memory_order_relaxed);
      for (;;) {
        Part left = unpack(seen);
        if (left.round < whole.round) left = whole;  // nobody has been here yet
        if (left.round > whole.round || left.first == left.last) return -1;
        const std::int64_t item = own ? left.first++ : --left.last;
        if (word.compare_exchange_weak(seen, pack(left), std::memory_order_relaxed)) return item;
      }
    }

    WorkShares& shares_;
    int count_, first_;
    std::int64_t round_ = 0;
  };

 private:
  // round: the upper 24 bits, then 20 bits each.
  [[gnu::always_inline]] static std::uint64_t pack(const Part& part) {
    return static_cast<std::uint64_t>((part.round << kBits | part.first) << kBits | part.last);
  }
  [[gnu::always_inline]] static Part unpack(std::uint64_t word) {
    constexpr std::uint64_t kMask = (std::uint64_t{1} << kBits) - 1;
    return {static_cast<std::int64_t>(word >> (2 * kBits)), static_cast<std::int64_t>(word >> kBits & kMask),
            static_cast<std::int64_t>(word & kMask)};
  }

  struct alignas(64) Word {
    std::atomic<std::uint64_t> word{0};
  };
  Word parts_[kShares];
};

}  // namespace c3d::cpu
