// Independent pieces of work for several threads, such as files to read; and threads that share their work
// out themselves.
#pragma once

#include <cstdint>
#include <functional>

namespace c3d {

using ItemProgress = std::function<void(std::int64_t done, std::int64_t count)>;

// Calls work(0) to work(count - 1), in this order, from `threads` threads, and progress(done, count) from one
// at a time: with 0 before the first begins, then after each. `progress` may be empty. After the first
// exception of either no more begin, and it is thrown here.
void for_each_item(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work,
                   const ItemProgress& progress);

// Calls body(0) on this thread, body(1) to body(threads - 1) on others, and returns when all have returned.
// Where the system gives fewer threads, fewer are called. body must not throw.
void run_threads(int threads, const std::function<void(int)>& body);

}  // namespace c3d
