#include "tools/c3d_synth/parallel_videos.h"

#include <exception>
#include <mutex>
#include <thread>

#include "engine/core/error.h"

namespace c3d {

void make_class_folders(const std::filesystem::path& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::error_code error;
    std::filesystem::create_directories(folder / name, error);
    expect(!error, "{}: cannot make this folder ({})", folder / name, error.message());
  }
}

void write_in_parallel(std::int64_t total, int threads, const std::function<void(std::int64_t)>& write,
                       const VideoProgress& progress) {
  std::mutex mutex;
  std::int64_t next = 0, done = 0;
  std::exception_ptr error;
  progress(0, total);
  const auto work = [&] {
    std::unique_lock lock(mutex);
    while (next < total && !error) {
      const std::int64_t video = next++;
      lock.unlock();
      std::exception_ptr failure;
      try {
        write(video);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (!failure) {
        progress(++done, total);
      } else if (!error) {
        error = failure;
      }
    }
  };
  {
    std::vector<std::jthread> running;
    running.reserve(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) running.emplace_back(work);
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace c3d
