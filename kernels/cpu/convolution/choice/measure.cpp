#include "kernels/cpu/convolution/choice/measure.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace c3d::cpu {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
// Not timed: an estimate of so many times the best; not timed again: a first run of so many times the best.
constexpr double kHopeless = 2.5, kTooSlow = 3;
// A later candidate must win by this much: what wins by less changes from day to day.
constexpr double kClearly = 0.95;
constexpr int kRuns = 2;  // that count
constexpr double kEnoughSeconds = 0.1;
constexpr double kEnoughWork = 1e9;         // multiply-adds: some milliseconds
constexpr std::int64_t kEnoughTiles = 128;  // of 4 x 4 x 4: with fewer, fetching the filters weighs too much
constexpr double kPatience = 1;  // seconds after which nothing more is tried: other work fills the machine

class Watch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

double seconds_of(const std::function<void()>& run) {
  const Watch watch;
  run();
  return watch.seconds();
}

// Of the fastest run but the first, which finds cold caches and new memory. kNever where that was hopeless.
double fastest_seconds(const std::function<void()>& run, double best) {
  if (seconds_of(run) > kTooSlow * best) return kNever;
  double fastest = kNever, all = 0;
  for (int i = 0; i < kRuns && all < kEnoughSeconds; ++i) {
    const double seconds = seconds_of(run);
    fastest = std::min(fastest, seconds);
    all += seconds;
  }
  return fastest;
}

// Of a large batch only as many as tell.
std::int64_t enough_clips(const ConvolutionKey& key, double min_work) {
  const auto for_work = static_cast<std::int64_t>(static_cast<double>(key.clips) * kEnoughWork / min_work);
  const std::int64_t tiles = ceil_div(key.out.d, 4) * ceil_div(key.out.h, 4) * ceil_div(key.out.w, 4);
  return std::clamp<std::int64_t>(std::max(for_work, ceil_div(kEnoughTiles, tiles)), 1, key.clips);
}

double min_work(const std::vector<Candidate>& candidates) {
  double least = kNever;
  for (const Candidate& candidate : candidates) least = std::min(least, candidate.work);
  return least;
}

}  // namespace

Fastest measure(const ConvolutionKey& key, const std::vector<Candidate>& candidates, int threads,
                const Trials& trials) {
  const Watch watch;
  const double least = min_work(candidates);
  const std::int64_t clips = enough_clips(key, least);
  const double share = static_cast<double>(clips) / static_cast<double>(key.clips);
  const bool packs = !key.inference && key.pass != ConvolutionPass::backward_filter;

  Fastest fastest{candidates.front(), blockings(key, *candidates.front().kernel, threads).front()};
  double best = kNever;  // seconds of `clips` clips, and of their share of packing
  const Candidate* packed = nullptr;
  const auto pack = [&](const Candidate& candidate) {
    trials.pack(candidate);
    packed = &candidate;
  };
  const Candidate* winner = nullptr;
  double winners_packing = 0;
  for (const Candidate& candidate : candidates) {
    // The first is the likeliest, also where the model of its work is wrong.
    const bool likeliest = &candidate == &candidates.front();
    const bool late = winner != nullptr && watch.seconds() > kPatience;
    if (late || (candidate.work > kHopeless * least && !likeliest)) continue;
    pack(candidate);
    const double packing = packs ? share * seconds_of([&] { trials.pack(candidate); }) : 0;
    const Blocking blocking = blockings(key, *candidate.kernel, threads).front();
    const double seconds =
        packing + fastest_seconds([&] { trials.run(candidate, blocking, clips); }, best - packing);
    if (winner != nullptr && seconds >= kClearly * best) continue;
    if (winner != nullptr) {  // once more: other work on the machine may have slowed it
      pack(*winner);
      best =
          std::min(best, winners_packing +
                             fastest_seconds([&] { trials.run(*winner, fastest.blocking, clips); }, kNever));
      if (seconds >= kClearly * best) continue;
    }
    best = seconds;
    winner = &candidate;
    winners_packing = packing;
    fastest = {candidate, blocking};
  }
  if (packed != winner) pack(*winner);
  best -= winners_packing;
  const std::vector<Blocking> others = blockings(key, *winner->kernel, threads);
  for (std::size_t i = 1; i < others.size() && watch.seconds() < kPatience; ++i) {
    const double seconds = fastest_seconds([&] { trials.run(*winner, others[i], clips); }, best);
    if (seconds >= kClearly * best) continue;
    best = seconds;
    fastest.blocking = others[i];
  }
  return fastest;
}

}  // namespace c3d::cpu
