#include "data/ordered_queue.h"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "catch.h"

namespace c3d {
namespace {

TEST_CASE("an ordered queue gives sequence after sequence in whatever order they were filled") {
  OrderedQueue<int> queue(3, 10);
  REQUIRE(queue.push(2, 20));
  queue.end(2);
  REQUIRE_FALSE(queue.ready());
  REQUIRE(queue.size() == 1);
  REQUIRE(queue.push(0, 1));
  REQUIRE(queue.push(0, 2));
  queue.end(1);  // has no items
  queue.end(0);
  REQUIRE(queue.ready());
  REQUIRE(queue.pop() == 1);
  REQUIRE(queue.pop() == 2);
  REQUIRE(queue.pop() == 20);
  REQUIRE(queue.pop() == std::nullopt);
}

TEST_CASE("an ordered queue without sequences gives nothing") {
  OrderedQueue<int> queue(0, 1);
  REQUIRE(queue.pop() == std::nullopt);
}

TEST_CASE("the sequence whose turn it is has room for one item in an ordered queue that others filled") {
  OrderedQueue<int> queue(2, 1);
  REQUIRE(queue.push(1, 10));
  REQUIRE(queue.push(0, 1));
  std::promise<bool> second;
  std::future<bool> pushed = second.get_future();
  std::jthread producer([&] { second.set_value(queue.push(0, 2)); });
  REQUIRE(pushed.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout);
  REQUIRE(queue.pop() == 1);
  REQUIRE(pushed.get());
  REQUIRE(queue.pop() == 2);
  REQUIRE(queue.size() == 1);
}

TEST_CASE("who waits for a turn in an ordered queue goes on when all before are given") {
  OrderedQueue<int> queue(2, 4);
  std::promise<bool> turn;
  std::future<bool> came = turn.get_future();
  std::jthread waiting([&] { turn.set_value(queue.wait_for_turn(1)); });
  REQUIRE(queue.push(0, 1));
  queue.end(0);
  REQUIRE(came.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout);
  REQUIRE(queue.pop() == 1);
  REQUIRE_FALSE(queue.ready());
  REQUIRE(came.get());
}

TEST_CASE("closing an ordered queue wakes those who wait and ends it") {
  OrderedQueue<int> queue(2, 1);
  REQUIRE(queue.push(1, 10));
  std::promise<bool> pushed, turned;
  std::jthread producer([&] { pushed.set_value(queue.push(1, 11)); });
  std::jthread waiting([&] { turned.set_value(queue.wait_for_turn(1)); });
  queue.close();
  REQUIRE_FALSE(pushed.get_future().get());
  REQUIRE_FALSE(turned.get_future().get());
  REQUIRE(queue.pop() == std::nullopt);
}

TEST_CASE("several producers fill an ordered queue that holds little") {
  constexpr std::size_t kSequences = 40, kItems = 7;
  OrderedQueue<std::size_t> queue(kSequences, 3);
  std::atomic<std::size_t> next = 0;
  const auto produce = [&] {
    for (std::size_t sequence = next++; sequence < kSequences; sequence = next++) {
      for (std::size_t i = 0; i < kItems; ++i) queue.push(sequence, sequence * kItems + i);
      queue.end(sequence);
    }
  };
  std::vector<std::jthread> producers;
  for (int i = 0; i < 4; ++i) producers.emplace_back(produce);
  for (std::size_t i = 0; i < kSequences * kItems; ++i) REQUIRE(queue.pop() == i);
  REQUIRE(queue.pop() == std::nullopt);
}

}  // namespace
}  // namespace c3d
