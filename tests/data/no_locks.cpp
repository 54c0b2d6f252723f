// Files that several hosts write on a file system without locks, as NFS may be: this program's flock() says that there are none.
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <future>
#include <set>
#include <vector>

#include "catch.h"
#include "data/frame_cache.h"
#include "data/index_file.h"
#include "engine/io/atomic_file.h"
#include "tests/support/scratch_folder.h"

extern "C" int flock(int /*descriptor*/, int /*operation*/) noexcept {
  errno = ENOLCK;
  return -1;
}

namespace c3d {
namespace {

constexpr int kHosts = 4;

// Calls body(0), body(1) ... at once.
template <typename Body>
void on_hosts(const Body& body) {
  std::vector<std::future<void>> hosts;
  hosts.reserve(kHosts);
  for (int host = 0; host < kHosts; ++host)
    hosts.push_back(std::async(std::launch::async, [&, host] { body(host); }));
  for (std::future<void>& host : hosts) host.get();
}

std::ptrdiff_t count_files(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

TEST_CASE("without locks, hosts that write one file at once leave one that is whole") {
  const ScratchFolder folder;
  const auto text_of = [](int host) { return std::string(50'000, static_cast<char>('a' + host)); };
  on_hosts([&](int host) {
    for (int turn = 0; turn < 10; ++turn) write_file(folder / "file", text_of(host));
  });
  std::set<std::string> written;
  for (int host = 0; host < kHosts; ++host) written.insert(text_of(host));
  CHECK(written.contains(read_text(folder / "file")));
  CHECK(count_files(folder.path()) == 1);
}

TEST_CASE("without locks, what a killed writer left is passed over, and removed after a day") {
  const ScratchFolder folder;
  const auto part = folder.write(".file.0.part", "half");
  {
    AtomicFile file(folder / "file");
    CHECK(!file.is_first_writer());
  }
  CHECK(read_text(part) == "half");
  std::filesystem::last_write_time(part,
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(25));
  AtomicFile file(folder / "file");
  CHECK(file.is_first_writer());
  file.write("whole");
  file.commit();
  CHECK(read_text(folder / "file") == "whole");
  CHECK(count_files(folder.path()) == 1);
}

TEST_CASE("without locks, hosts share an index, which is readable at every moment") {
  const ScratchFolder folder;
  const auto file = folder / "index.json";
  const auto entry_of = [](int host) {
    return IndexEntries{
        {"/" + std::to_string(host) + ".mp4", {"9 bytes, changed 1.000000002", 3 + host, "", {}}}};
  };
  on_hosts([&](int host) {
    for (int turn = 0; turn < 5; ++turn) {
      add_to_index(file, entry_of(host));
      read_index(file);
    }
  });
  // One host's entry may have been lost to another that wrote at the same time: it is added when it is next looked at.
  CHECK(!read_index(file).empty());
  for (int host = 0; host < kHosts; ++host) add_to_index(file, entry_of(host));
  CHECK(read_index(file).size() == kHosts);
}

TEST_CASE("without locks, hosts that decode one video at once leave its frames whole for all") {
  const ScratchFolder folder;
  const FrameCacheKey key = frame_cache_key("/video.mp4", "9 bytes", {4, 3});
  const std::vector<std::uint8_t> frame(4 * 3 * 3, 77);
  on_hosts([&](int /*host*/) {
    FrameCacheWriter writer(folder.path(), key);
    for (int i = 0; i < 5; ++i) writer.write(frame);
    writer.finish();
  });
  const std::unique_ptr<FrameSource> frames = open_cached_frames(folder.path(), key);
  REQUIRE(frames != nullptr);
  CHECK(frames->frame_count() == 5);
  std::vector<std::uint8_t> read(frame.size());
  frames->read(4, 1, 1, read);
  CHECK(read == frame);
}

}  // namespace
}  // namespace c3d
