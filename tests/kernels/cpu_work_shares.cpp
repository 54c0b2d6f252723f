// Threads that share items: each is done once, whoever does it, and nobody waits for a slow thread's part.
#include "kernels/cpu/memory/work_shares.h"

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "catch.h"

namespace c3d::cpu {
namespace {

using Shares = WorkShares<void>;

// Every thread of a team of its own runs body(thread).
template <typename Body>
void on_threads(int team, const Body& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < team; ++i) threads.emplace_back([&body, i] { body(i); });
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("threads that share work do each item once, round after round") {
  const int team = GENERATE(1, 2, 3, 7, 70);
  const std::vector<std::int64_t> rounds{5, 0, 1, 100, 1000, 3};
  std::vector<std::vector<std::atomic<int>>> done;
  for (const std::int64_t items : rounds) done.emplace_back(static_cast<std::size_t>(items));
  Shares shares;
  on_threads(team, [&](int thread) {
    Shares::StealingRange work(shares, thread, team);
    for (std::size_t round = 0; round < rounds.size(); ++round) {
      work.run(rounds[round], [&](std::int64_t item) { ++done[round][static_cast<std::size_t>(item)]; });
    }
  });
  for (const auto& items : done) {
    for (const std::atomic<int>& count : items) REQUIRE(count == 1);
  }
}

TEST_CASE("a thread that comes late finds its part done by the others") {
  Shares shares;
  std::vector<int> who(100, -1);
  for (const int thread : {1, 0, 2}) {  // one after the other
    Shares::StealingRange work(shares, thread, 3);
    work.run(100, [&](std::int64_t item) { who[static_cast<std::size_t>(item)] = thread; });
  }
  CHECK(who == std::vector<int>(100, 1));
}

TEST_CASE("a thread begins with its own part, in order") {
  Shares shares;
  Shares::StealingRange work(shares, 1, 2);
  std::vector<std::int64_t> order;
  work.run(6, [&](std::int64_t item) { order.push_back(item); });
  CHECK(order == std::vector<std::int64_t>{3, 4, 5, 2, 1, 0});
}

TEST_CASE("more items than a share can count are done in groups") {
  constexpr std::int64_t kItems = (std::int64_t{3} << 20) + 5;
  std::vector<std::atomic<std::uint8_t>> done(static_cast<std::size_t>(kItems));
  Shares shares;
  on_threads(2, [&](int thread) {
    Shares::StealingRange work(shares, thread, 2);
    work.run(kItems, [&](std::int64_t item) { ++done[static_cast<std::size_t>(item)]; });
  });
  std::int64_t once = 0;
  for (const auto& count : done) once += count == 1 ? 1 : 0;
  CHECK(once == kItems);
}

}  // namespace
}  // namespace c3d::cpu
