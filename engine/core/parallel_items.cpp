#include "engine/core/parallel_items.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace c3d {

void for_each_item(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work,
                   const ItemProgress& progress) {
  std::mutex mutex;
  std::int64_t next = 0, done = 0;
  std::exception_ptr failure;
  if (progress) progress(0, count);
  const auto run = [&] {
    std::unique_lock lock(mutex);
    while (next < count && !failure) {
      const std::int64_t item = next++;
      lock.unlock();
      std::exception_ptr of_item;
      try {
        work(item);
      } catch (...) {
        of_item = std::current_exception();
      }
      lock.lock();
      if (failure) return;
      failure = of_item;
      if (failure || !progress) continue;
      try {
        progress(++done, count);
      } catch (...) {
        failure = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> running;
    running.reserve(static_cast<std::size_t>(std::max(threads, 0)));
    for (int i = 0; i < threads; ++i) running.emplace_back(run);
  }
  if (failure) std::rethrow_exception(failure);
}

void run_threads(int threads, const std::function<void(int)>& body) {
  std::vector<std::jthread> others;
  try {
    for (int i = 1; i < threads; ++i) others.emplace_back(body, i);
  } catch (const std::system_error&) {  // the system gives no more: those that are there do the work
  }
  body(0);
}

}  // namespace c3d
