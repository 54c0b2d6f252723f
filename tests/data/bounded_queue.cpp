#include "data/bounded_queue.h"

#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include "catch.h"

namespace c3d {
namespace {

TEST_CASE("a bounded queue gives items in the order they came") {
  BoundedQueue<int> queue(3);
  for (int i = 0; i < 3; ++i) REQUIRE(queue.push(i));
  for (int i = 0; i < 3; ++i) REQUIRE(queue.pop() == i);
}

TEST_CASE("a bounded queue holds a push back until there is room") {
  BoundedQueue<int> queue(1);
  REQUIRE(queue.push(1));
  std::promise<bool> second;
  std::future<bool> pushed = second.get_future();
  std::jthread producer([&] { second.set_value(queue.push(2)); });
  REQUIRE(pushed.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout);
  REQUIRE(queue.pop() == 1);
  REQUIRE(pushed.get());
  REQUIRE(queue.pop() == 2);
}

TEST_CASE("a closed bounded queue gives what it holds, then nothing, and takes no more") {
  BoundedQueue<int> queue(2);
  REQUIRE(queue.push(1));
  queue.close();
  REQUIRE_FALSE(queue.push(2));
  REQUIRE(queue.pop() == 1);
  REQUIRE(queue.pop() == std::nullopt);
}

TEST_CASE("closing a bounded queue wakes those who wait to pop and to push") {
  BoundedQueue<int> empty(1), full(1);
  REQUIRE(full.push(1));
  std::promise<bool> popped, pushed;
  std::jthread consumer([&] { popped.set_value(empty.pop().has_value()); });
  std::jthread producer([&] { pushed.set_value(full.push(2)); });
  empty.close();
  full.close();
  REQUIRE_FALSE(popped.get_future().get());
  REQUIRE_FALSE(pushed.get_future().get());
}

TEST_CASE("a bounded queue carries the exception it was closed with, after its items, every time") {
  BoundedQueue<int> queue(2);
  REQUIRE(queue.push(1));
  queue.close(std::make_exception_ptr(std::runtime_error("first")));
  queue.close(std::make_exception_ptr(std::runtime_error("second")));
  REQUIRE(queue.pop() == 1);
  REQUIRE_THROWS_WITH(queue.pop(), "first");
  REQUIRE_THROWS_WITH(queue.pop(), "first");
}

TEST_CASE("clearing a bounded queue makes room and says how many items went") {
  BoundedQueue<int> queue(2);
  REQUIRE(queue.push(1));
  REQUIRE(queue.push(2));
  REQUIRE(queue.clear() == 2);
  REQUIRE(queue.push(3));
  REQUIRE(queue.pop() == 3);
}

TEST_CASE("every item comes out of a bounded queue once with several producers and consumers") {
  constexpr int kThreads = 3, kItems = 500;
  BoundedQueue<int> queue(4);
  std::vector<std::vector<int>> taken(kThreads);
  std::vector<std::jthread> consumers;
  for (std::vector<int>& mine : taken) {
    consumers.emplace_back([&queue, &mine] {
      while (const std::optional<int> item = queue.pop()) mine.push_back(*item);
    });
  }
  {
    std::vector<std::jthread> producers;
    for (int t = 0; t < kThreads; ++t) {
      producers.emplace_back([&queue, t] {
        for (int i = 0; i < kItems; ++i) queue.push(t * kItems + i);
      });
    }
  }
  queue.close();
  consumers.clear();
  std::vector<int> counts(kThreads * kItems);
  for (const std::vector<int>& mine : taken) {
    for (const int item : mine) ++counts[static_cast<std::size_t>(item)];
  }
  REQUIRE(std::all_of(counts.begin(), counts.end(), [](int count) { return count == 1; }));
}

}  // namespace
}  // namespace c3d
