// A queue between threads: push() waits for room, pop() waits for an item. close() ends it: no more pushes,
// what is in it still comes out, then pop() gives nothing, or throws the exception that close() was given
// (how a worker's failure reaches its consumer). Any thread may call anything.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace c3d {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  // False: the queue is closed and the item was not taken.
  bool push(T item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    lock.unlock();
    filled_.notify_one();
    return true;
  }

  // Nothing: the queue is closed and empty.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) {
      if (error_) std::rethrow_exception(error_);
      return std::nullopt;
    }
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    lock.unlock();
    room_.notify_one();
    return item;
  }

  // Takes out what waits and says how many items that were.
  std::size_t clear() {
    std::unique_lock lock(mutex_);
    const std::size_t count = items_.size();
    items_.clear();
    lock.unlock();
    room_.notify_all();
    return count;
  }

  // The first call counts; a later one changes nothing.
  void close(std::exception_ptr error = nullptr) {
    std::unique_lock lock(mutex_);
    if (closed_) return;
    closed_ = true;
    error_ = std::move(error);
    lock.unlock();
    filled_.notify_all();
    room_.notify_all();
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable filled_, room_;
  std::deque<T> items_;
  bool closed_ = false;
  std::exception_ptr error_;
};

}  // namespace c3d
