#include "c3d/check/equal_files.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include "engine/core/error.h"
#include "engine/core/parallel_items.h"
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
  const auto read_one = [&](std::int64_t i) {
    Named& one = wanted[static_cast<std::size_t>(i)];
    try {
      one.digest = file_sha256(files[one.places->front()]);
    } catch (const Error&) {  // it vanished since it was decoded
    }
  };
  for_each_item(std::ssize(wanted), threads, read_one, progress);
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
