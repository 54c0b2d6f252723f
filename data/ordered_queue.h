// A queue from several producers to one consumer, who gets the items of sequence 0, then those of sequence 1,
// and so on, however the producers take turns. Each sequence has one producer, which pushes its items in
// their order and then ends it; sequences are to be begun in their order. At most `capacity` items wait, and
// one more: the sequence whose turn it is may always give the item that the consumer waits for, so that those
// behind it, which may have filled the queue, hold up nobody. close() ends all of it: no more pushes, and
// pop() gives nothing. Any thread may call anything but pop() and ready(), which are the consumer's.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace c3d {

template <typename T>
class OrderedQueue {
 public:
  OrderedQueue(std::size_t sequences, std::size_t capacity) : sequences_(sequences), capacity_(capacity) {}
  OrderedQueue(const OrderedQueue&) = delete;
  OrderedQueue& operator=(const OrderedQueue&) = delete;

  // Waits for room. False: the queue is closed and the item was not taken.
  bool push(std::size_t sequence, T item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || has_room(sequence); });
    if (closed_) return false;
    waiting_[sequence].items.push_back(std::move(item));
    ++size_;
    const bool wanted = sequence == turn_;
    lock.unlock();
    if (wanted) filled_.notify_one();
    return true;
  }

  // Its producer pushes no more.
  void end(std::size_t sequence) {
    std::unique_lock lock(mutex_);
    waiting_[sequence].ended = true;
    const bool wanted = sequence == turn_;
    lock.unlock();
    if (wanted) filled_.notify_one();
  }

  // Waits until all sequences before this one were given. False: the queue is closed.
  bool wait_for_turn(std::size_t sequence) {
    std::unique_lock lock(mutex_);
    turned_.wait(lock, [&] { return closed_ || turn_ >= sequence; });
    return !closed_;
  }

  // Waits for the next item. Nothing: all sequences have ended, or the queue is closed.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [&] {
      pass_ended();
      return closed_ || turn_ == sequences_ || !waiting_[turn_].items.empty();
    });
    if (closed_ || turn_ == sequences_) return std::nullopt;
    std::deque<T>& items = waiting_[turn_].items;
    std::optional<T> item(std::move(items.front()));
    items.pop_front();
    --size_;
    const bool only_one = items.empty();  // has room where all the others may have none
    lock.unlock();
    if (only_one) {
      room_.notify_all();
    } else {
      room_.notify_one();
    }
    return item;
  }

  // pop() would not have to wait.
  bool ready() {
    const std::lock_guard lock(mutex_);
    pass_ended();
    return closed_ || turn_ == sequences_ || !waiting_[turn_].items.empty();
  }

  // Items that wait, of all sequences.
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return size_;
  }

  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    lock.unlock();
    filled_.notify_all();
    room_.notify_all();
    turned_.notify_all();
  }

 private:
  struct Sequence {
    std::deque<T> items;
    bool ended = false;
  };

  bool has_room(std::size_t sequence) {
    return size_ < capacity_ || (sequence == turn_ && waiting_[sequence].items.empty());
  }
  // To the first sequence that has an item or may still get one.
  void pass_ended() {
    const std::size_t before = turn_;
    for (auto first = waiting_.find(turn_); first != waiting_.end(); first = waiting_.find(turn_)) {
      if (!first->second.ended || !first->second.items.empty()) break;
      waiting_.erase(first);
      ++turn_;
    }
    if (turn_ == before) return;
    room_.notify_all();  // for whom the turn has come
    turned_.notify_all();
  }

  const std::size_t sequences_, capacity_;
  std::mutex mutex_;
  std::condition_variable filled_, room_, turned_;
  std::map<std::size_t, Sequence> waiting_;  // that have begun and were not given whole
  std::size_t turn_ = 0;                     // the sequence that pop() gives of
  std::size_t size_ = 0;                     // items of all of them
  bool closed_ = false;
};

}  // namespace c3d
