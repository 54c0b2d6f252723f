// Ranks that are threads of one process: what Communicator promises, where nothing fails.
#pragma once

#include <condition_variable>
#include <cstring>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/distributed/communicator.h"

namespace c3d {

class ThreadRanks {
 public:
  explicit ThreadRanks(int size) : size_(size), texts_(static_cast<std::size_t>(size)) {}

  // Runs body on a thread for each rank; throws what the first of them threw that is no consequence of another's end.
  static void run(int size, const std::function<void(Communicator&)>& body) {
    ThreadRanks ranks(size);
    std::vector<std::exception_ptr> thrown(static_cast<std::size_t>(size));
    std::vector<std::thread> threads;
    threads.reserve(thrown.size());
    for (int rank = 0; rank < size; ++rank) {
      threads.emplace_back([&, rank] {
        One one(ranks, rank);
        try {
          body(one);
        } catch (const RankFailure&) {  // another's end
        } catch (...) {
          thrown[static_cast<std::size_t>(rank)] = std::current_exception();
        }
        ranks.leave();
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::exception_ptr& one : thrown) {
      if (one) std::rethrow_exception(one);
    }
  }

 private:
  class One final : public Communicator {
   public:
    One(ThreadRanks& ranks, int rank) : ranks_(ranks), rank_(rank) {}
    int rank() const override { return rank_; }
    int size() const override { return ranks_.size_; }
    int local_rank() const override { return rank_; }
    int local_size() const override { return ranks_.size_; }
    std::string name_of(int rank) const override { return "rank " + std::to_string(rank); }
    // Each waits for the join, so that all that a sum may not change is seen to stay.
    void start_all_reduce(std::span<float> values, int contributors) override {
      sums_.emplace_back(values, contributors);
    }
    void join_all_reduces() override {
      for (const auto& [values, contributors] : sums_) all_reduce(values, contributors);
      sums_.clear();
    }
    void broadcast(std::span<std::byte> bytes) override {
      const auto all = all_gather({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      std::memcpy(bytes.data(), all.front().data(), bytes.size());
    }
    std::vector<std::string> all_gather(std::string_view bytes) override {
      ranks_.texts_[static_cast<std::size_t>(rank_)] = bytes;
      ranks_.meet();
      std::vector<std::string> all = ranks_.texts_;
      ranks_.meet();
      return all;
    }
    void request_stop(int) override {}
    int stop_requested() const override { return 0; }
    void expect_steps(bool) override {}
    void tick() override {}
    [[noreturn]] void fail(const std::string& message, int code) override {
      throw RankFailure(message, code);
    }
    void finish() override {}

   private:
    void all_reduce(std::span<float> values, int contributors) {
      const auto bytes = std::as_bytes(values);
      const auto all = all_gather({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      std::vector<float> other(values.size());
      for (int rank = 0; rank < contributors; ++rank) {
        std::memcpy(other.data(), all[static_cast<std::size_t>(rank)].data(), values.size_bytes());
        for (std::size_t i = 0; i < other.size(); ++i)
          values[i] = rank == 0 ? other[i] : values[i] + other[i];
      }
    }

    ThreadRanks& ranks_;
    int rank_;
    std::vector<std::pair<std::span<float>, int>> sums_;
  };

  void meet() {
    std::unique_lock lock(mutex_);
    const int meeting = meetings_;
    if (++here_ == size_) {
      here_ = 0;
      ++meetings_;
      met_.notify_all();
      return;
    }
    met_.wait(lock, [&] { return meetings_ != meeting || left_ > 0; });
    if (meetings_ == meeting) throw RankFailure("another rank has left", 1);
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    ++left_;
    met_.notify_all();
  }

  int size_;
  std::vector<std::string> texts_;
  std::mutex mutex_;
  std::condition_variable met_;
  int here_ = 0, meetings_ = 0, left_ = 0;
};

}  // namespace c3d
