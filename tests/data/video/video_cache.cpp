#include "data/video_cache.h"

#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "catch.h"
#include "engine/io/json_text.h"
#include "tests/data/files.h"
#include "tests/data/video/indexed_videos.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kRoomy = 1 << 20;

void flip_a_bit(const fs::path& file, std::uint64_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const int byte = stream.get();
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(static_cast<char>(byte ^ 4));
}

// Makes files of a cache look as if they were used `hours` ago.
void age(const std::vector<fs::path>& files, int hours) {
  for (const fs::path& file : files) {
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(hours));
  }
}

// Videos in a folder of their own, so that several sets stand beside each other.
Dataset set_of(const ScratchFolder& folder, const std::string& name, int videos) {
  fs::create_directories(folder / name);
  Dataset dataset;
  dataset.labels = {"only"};
  for (int i = 0; i < videos; ++i) {
    dataset.videos.push_back({folder / name / ("v" + std::to_string(i) + ".mp4"), 0, 0});
    write_tiny_video(dataset.videos.back().path, 10);
  }
  return dataset;
}

}  // namespace

TEST_CASE("a flipped bit in cached frames is found, the video decoded instead, and the file made anew") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 1);
  const IndexOptions options = options_in(folder, kRoomy);
  index_videos(dataset, options, nullptr);
  const fs::path file = cached_files(folder).at(0);
  const std::uint64_t bytes = fs::file_size(file);
  for (const std::uint64_t from_end :
       {std::uint64_t{16} + 40 + 5 * kFrameBytes, std::uint64_t{16} + 40 - 4 * 3 - 1}) {
    flip_a_bit(file, bytes - from_end);  // in a frame, and in a frame's sum
    const auto source = frame_opener(options)(dataset.videos[0]);
    for (const int frame : {0, 5, 4, 3, 9}) CHECK(shown_number(*source, frame) == frame);
    CHECK_FALSE(fs::exists(file));
    for (const int frame : {2, 8})
      CHECK(shown_number(*frame_opener(options)(dataset.videos[0]), frame) == frame);
    CHECK(index_again(dataset, options_in(folder, kRoomy)).decoded == 1);
    CHECK(fs::file_size(file) == bytes);
    CHECK(shown_number(*frame_opener(options)(dataset.videos[0]), 5) == 5);
  }
  const std::vector<std::string> notes = options.cache->take_notes();
  REQUIRE(notes.size() >= 1);
  CHECK_THAT(notes[0], Catch::Contains("video0.mp4 are damaged"));
  CHECK(options.cache->take_notes().empty());
}

TEST_CASE("a file of frames that is cut while it is open is left for the video") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 1);
  const IndexOptions options = options_in(folder, kRoomy);
  index_videos(dataset, options, nullptr);
  const auto source = frame_opener(options)(dataset.videos[0]);
  CHECK(shown_number(*source, 1) == 1);
  fs::resize_file(cached_files(folder).at(0), 2000);
  CHECK(shown_number(*source, 7) == 7);
  CHECK(shown_number(*source, 2) == 2);
}

TEST_CASE("without a folder that can be made, nothing is kept and all goes on") {
  ScratchFolder folder;
  folder.write("file", "text");
  for (const std::string& place : {(folder / "file" / "index").string(), std::string("/proc/nowhere/index"),
                                   std::string("/dev/null/index")}) {
    for (const std::uint64_t bytes : {std::uint64_t{0}, kRoomy}) {
      Dataset dataset = tiny_dataset(folder, 2);
      IndexOptions options;
      options.cache = std::make_shared<VideoCache>(place, bytes, large_disk);
      options.resize = kSize;
      CHECK(index_videos(dataset, options, nullptr).decoded == 2);
      CHECK(shown_number(*frame_opener(options)(dataset.videos[1]), 10) == 10);
      const std::vector<std::string> notes = options.cache->take_notes();
      REQUIRE(notes.size() == 1);
      CHECK_THAT(notes[0], Catch::Contains("nothing is kept") && Catch::Contains("cache_folder"));
    }
  }
}

TEST_CASE("a cache that vanishes between and during passes is noted once") {
  ScratchFolder folder;
  for (const std::uint64_t bytes : {std::uint64_t{0}, kRoomy}) {
    Dataset dataset = tiny_dataset(folder, 2);
    IndexOptions options = options_in(folder, bytes);
    std::mutex one_at_a_time;  // videos are decoded side by side
    options.decode = [&](const fs::path& path, FrameSize size, FrameTaker& taker) {
      const DecodedVideo video = decode_video(path, size, taker);
      const std::lock_guard lock(one_at_a_time);
      fs::remove_all(folder / "cache");
      folder.write("cache", "in its place");
      return video;
    };
    CHECK(index_videos(dataset, options, nullptr).decoded == 2);
    CHECK(dataset.videos.size() == 2);
    CHECK(shown_number(*frame_opener(options)(dataset.videos[1]), 10) == 10);
    CHECK(options.cache->take_notes().size() == (bytes == 0 ? 1 : 2));
    fs::remove(folder / "cache");
  }
  Dataset dataset = tiny_dataset(folder, 2);
  const IndexOptions options = options_in(folder, kRoomy);
  index_videos(dataset, options, nullptr);
  fs::remove_all(folder / "cache");
  for (const int frame : {3, 9})
    CHECK(shown_number(*frame_opener(options)(dataset.videos[0]), frame) == frame);
  const std::vector<std::string> notes = options.cache->take_notes();
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Catch::Contains("frames are gone"));
}

TEST_CASE("a pipe in the place of the cache's files makes way") {
  ScratchFolder folder;
  const Dataset dataset = tiny_dataset(folder, 1);
  index_again(dataset, options_in(folder, kRoomy));
  const fs::path frames = cached_files(folder).at(0), index = folder / "cache/index/index.json";
  for (const fs::path& file : {frames, index}) {
    fs::remove(file);
    REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    CHECK(index_again(dataset, options_in(folder, kRoomy)).decoded == 1);
    CHECK(index_again(dataset, options_in(folder, kRoomy)).reused == 1);
  }
}

TEST_CASE("a folder in the place of cached frames is noted and stays") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 2);
  index_again(dataset, options_in(folder, kRoomy));
  const fs::path file = cached_files(folder).at(0);
  fs::remove(file);
  const fs::path mine = make_file(file / "deep/mine.txt");
  {
    const IndexOptions options = options_in(folder, kRoomy);
    index_videos(dataset, options, nullptr);
    for (const Video& video : dataset.videos) CHECK(shown_number(*frame_opener(options)(video), 9) == 9);
    CHECK(fs::exists(mine));
    const std::vector<std::string> notes = options.cache->take_notes();
    REQUIRE(notes.size() == 1);
    CHECK_THAT(notes[0], Catch::Contains(file.filename().string()) && Catch::Contains("folder"));
    CHECK(options.cache->keeps_frames());
  }
  fs::remove_all(file);
  const std::uint64_t cached = index_again(dataset, options_in(folder, kRoomy)).cached_bytes;
  CHECK(cached == cached_file_bytes(folder));
  CHECK(cached_files(folder).size() == 2);
}

TEST_CASE("the bound holds over all sets and the frames used the longest ago go first") {
  ScratchFolder folder;
  constexpr std::uint64_t kBytes = 70 * kFrameBytes;  // six videos of ten frames and what belongs to them
  const Dataset first = set_of(folder, "first", 2), second = set_of(folder, "second", 2),
                third = set_of(folder, "third", 3);
  index_again(first, options_in(folder, kBytes, "cache/1"));
  index_again(second, options_in(folder, kBytes, "cache/2"));
  age(cached_files(folder, "cache/1"), 5);
  age(cached_files(folder, "cache/2"), 9);
  CHECK(index_again(third, options_in(folder, kBytes, "cache/3")).decoded == 3);
  CHECK(cached_files(folder, "cache/1").size() == 2);
  CHECK(cached_files(folder, "cache/2").size() == 1);
  CHECK(cached_files(folder, "cache/3").size() == 3);
  CHECK(cached_file_bytes(folder) <= kBytes);
  // What a pass uses is the last to go.
  age(cached_files(folder), 7);
  index_again(first, options_in(folder, kBytes, "cache/1"));
  const VideoCache smaller(folder / "cache/4", 25 * kFrameBytes, large_disk);
  CHECK(cached_files(folder, "cache/1").size() == 2);
  CHECK(cached_files(folder).size() == 2);
}

TEST_CASE("frames of a set that a living run uses stay") {
  ScratchFolder folder;
  constexpr std::uint64_t kBytes = 35 * kFrameBytes;
  const Dataset first = set_of(folder, "first", 3), second = set_of(folder, "second", 3);
  {
    const IndexOptions living = options_in(folder, kBytes, "cache/1");
    index_again(first, living);
    age(cached_files(folder), 9);
    CHECK(index_again(second, options_in(folder, kBytes, "cache/2")).decoded == 3);
    CHECK(cached_files(folder, "cache/1").size() == 3);
    CHECK(cached_file_bytes(folder) <= kBytes);
  }
  CHECK(index_again(second, options_in(folder, kBytes, "cache/2")).decoded == 3);
  CHECK(cached_files(folder, "cache/1").empty());
  CHECK(cached_files(folder, "cache/2").size() == 3);
}

TEST_CASE("frames of videos that are gone from a set make room for others of it") {
  ScratchFolder folder;
  constexpr std::uint64_t kBytes = 35 * kFrameBytes;
  const Dataset before = set_of(folder, "before", 3), after = set_of(folder, "after", 3);
  index_again(before, options_in(folder, kBytes));
  {
    const IndexOptions other = options_in(folder, kBytes);  // which counts on them
    index_again(after, options_in(folder, kBytes));
    CHECK(index_again(before, options_in(folder, kBytes)).reused == 3);
  }
  CHECK(index_again(after, options_in(folder, kBytes)).decoded == 3);
  CHECK(index_again(after, options_in(folder, kBytes)).reused == 3);
  CHECK(cached_file_bytes(folder) <= kBytes);
}

TEST_CASE("a tenth of the disk stays free") {
  ScratchFolder folder;
  const Dataset dataset = set_of(folder, "set", 4);
  IndexOptions options = options_in(folder);
  const fs::path cache = folder / "cache";
  options.cache = std::make_shared<VideoCache>(
      cache / "index", std::uint64_t{1} << 40, [cache](const fs::path& /*path*/) {
        std::uint64_t there = 0;
        for (const auto& file : fs::recursive_directory_iterator(cache)) {
          if (file.is_regular_file()) there += file.file_size();
        }
        return std::optional(DiskSpace{100 * kFrameBytes, 35 * kFrameBytes - there});
      });
  options.threads = 1;
  CHECK(index_again(dataset, options).decoded == 4);
  CHECK(cached_files(folder).size() == 2);  // 21 of 25 frames
  CHECK(index_again(dataset, options).reused == 4);
}

TEST_CASE("two caches of one set at once lose nothing of each other") {
  ScratchFolder folder;
  const Dataset dataset = tiny_dataset(folder, 4);
  Dataset one = dataset, other = dataset;
  one.videos.resize(2);
  other.videos.erase(other.videos.begin(), other.videos.begin() + 2);
  const IndexOptions first = options_in(folder, kRoomy), second = options_in(folder, kRoomy);
  index_again(one, first);
  index_again(other, second);
  index_again(one, first);
  CHECK(index_again(dataset, options_in(folder, kRoomy)).reused == 4);
  CHECK(cached_files(folder).size() == 4);
}

TEST_CASE("parts that a killed process left go, those being written stay") {
  ScratchFolder folder;
  folder.write("cache/index/in_use");
  const auto left =
      folder.write("cache/index/frames/ab/.0123456789abcd.frames.0.part", std::string(5000, 'x'));
  const VideoCache other(folder / "cache/other", kRoomy, large_disk);
  CHECK_FALSE(fs::exists(left));
  AtomicFile living(folder / "cache/index/frames/ab/0123456789abcd.frames");
  const VideoCache third(folder / "cache/third", kRoomy, large_disk);
  CHECK(fs::exists(living.part()));
}

TEST_CASE("files of others in and beside a cache are neither counted nor removed") {
  ScratchFolder folder;
  const std::string text(100 * kFrameBytes, 'x');
  std::vector<fs::path> foreign;
  const auto put = [&](const fs::path& name) { foreign.push_back(folder.write(name, text)); };
  put("cache/holiday/frames/ab/0123456789abcd.frames");  // its folder is no set
  put("cache/holiday/frames/ab/.0123456789abcd.frames.0.part");
  folder.write("cache/set/in_use");
  for (const char* name : {"ab/clip.frames", "ab/0123456789abcd.frames.txt", "ab/0123456789ABCD.frames",
                           "ab/0123456789abcde.frames", "ab/.0123456789abcd.frames.part",
                           "ab/.0123456789abcd.frames.x.part", "ab/.0123456789abcd.frames..part",
                           "ab/.0123456789abcd.frames.0.part.1", "ab/.0123456789abcd.txt.0.part",
                           "ab/.download.part", "abc/0123456789abcd.frames", "0123456789abcd.frames"}) {
    put(fs::path("cache/set/frames") / name);
  }
  put("elsewhere/0123456789abcd.frames");
  fs::create_directory_symlink(folder / "elsewhere", folder / "cache/set/frames/cd");
  const auto ours = folder.write("cache/set/frames/ab/00000000000000.frames", text);
  const auto left = folder.write("cache/set/frames/ab/.00000000000001.frames.12.part", text);
  age(foreign, 9);
  const Dataset dataset = tiny_dataset(folder, 2);
  const IndexOptions options = options_in(folder, 30 * kFrameBytes);
  CHECK(index_again(dataset, options).decoded == 2);
  CHECK(options.cache->take_notes().empty());
  CHECK(cached_files(folder, "cache/index").size() == 2);
  for (const fs::path& file : foreign) {
    CAPTURE(file);
    CHECK(fs::exists(file));
  }
  CHECK_FALSE(fs::exists(ours));
  CHECK_FALSE(fs::exists(left));
  CHECK_FALSE(fs::exists(folder / "cache/holiday/in_use"));
}
