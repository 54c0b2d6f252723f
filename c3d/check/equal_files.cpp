#include "c3d/check/equal_files.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/core/error.h"
#include "engine/io/file.h"
#include "weights/sha256.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

// Those that share their size, by size and identity.
using BySize = std::map<std::uintmax_t, std::map<FileIdentity, std::vector<std::size_t>>>;

BySize by_size(const std::vector<fs::path>& files) {
  BySize all;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::error_code unknown;
    if (!fs::is_regular_file(files[i], unknown)) continue;
    const std::uintmax_t bytes = fs::file_size(files[i], unknown);
    const auto identity = file_identity(files[i]);
    if (!unknown && identity && bytes > 0) all[bytes][*identity].push_back(i);
  }
  return all;
}

// Names of one file, of which the first is read.
struct Named {
  const std::vector<std::size_t>* places = nullptr;
  std::string digest;  // empty: it cannot be read
};

class Digests {
 public:
  Digests(const std::vector<fs::path>& files, std::vector<Named>& wanted, const CountCallback& progress)
      : files_(files), wanted_(wanted), progress_(progress) {}

  void run(int threads) {
    {
      std::vector<std::jthread> workers;
      workers.reserve(static_cast<std::size_t>(threads));
      for (int i = 0; i < threads; ++i) workers.emplace_back([this] { work(); });
    }
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void work() {
    for (std::size_t i = next_++; i < wanted_.size() && !stop_; i = next_++) {
      try {
        wanted_[i].digest = file_sha256(files_[wanted_[i].places->front()]);
      } catch (const Error&) {  // it vanished since it was decoded
      }
      const std::lock_guard lock(mutex_);
      report();
    }
  }
  void report() {
    try {
      ++done_;
      if (progress_ && !stop_) progress_(done_, static_cast<std::int64_t>(wanted_.size()));
    } catch (...) {
      failure_ = std::current_exception();
      stop_ = true;
    }
  }

  const std::vector<fs::path>& files_;
  std::vector<Named>& wanted_;
  const CountCallback& progress_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;  // guards what follows
  std::int64_t done_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

std::vector<std::vector<std::size_t>> equal_files(const std::vector<fs::path>& files, int threads,
                                                  const CountCallback& progress) {
  const BySize all = by_size(files);
  std::vector<std::vector<std::size_t>> groups;
  std::vector<Named> wanted;
  for (const auto& [bytes, of_size] : all) {
    for (const auto& [identity, places] : of_size) {
      if (of_size.size() > 1) {
        wanted.push_back({&places, {}});
      } else if (places.size() > 1) {
        groups.push_back(places);
      }
    }
  }
  Digests(files, wanted, progress).run(threads);
  std::map<std::string, std::vector<std::size_t>> equal;
  for (const Named& one : wanted) {
    std::vector<std::size_t>& places = equal[one.digest];
    if (!one.digest.empty()) places.insert(places.end(), one.places->begin(), one.places->end());
  }
  for (auto& [digest, places] : equal) {
    std::ranges::sort(places);
    if (places.size() > 1) groups.push_back(std::move(places));
  }
  std::ranges::sort(groups);
  return groups;
}

}  // namespace c3d
