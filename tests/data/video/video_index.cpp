#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "catch.h"
#include "data/frame_cache.h"
#include "data/video_index.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/tiny_video.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

constexpr FrameSize kSize{24, 16};
constexpr std::uint64_t kFrameBytes = 24 * 16 * 3;

// Videos of 10, 11, 12 ... frames in a folder of their own.
Dataset tiny_dataset(const ScratchFolder& folder, int videos) {
  Dataset dataset;
  dataset.labels = {"only"};
  for (int i = 0; i < videos; ++i) {
    const auto path = folder / ("video" + std::to_string(i) + ".mp4");
    write_tiny_video(path, 10 + i);
    dataset.videos.push_back({path, 0, 0});
  }
  return dataset;
}

IndexOptions options_in(const ScratchFolder& folder, std::uint64_t cache_bytes = 0) {
  return {.folder = folder / "index", .resize = kSize, .threads = 2, .cache_bytes = cache_bytes};
}

IndexResult index_again(Dataset dataset, const IndexOptions& options) {
  return index_videos(dataset, options, nullptr);
}

std::vector<std::filesystem::path> cached_files(const IndexOptions& options) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::recursive_directory_iterator(options.folder)) {
    if (file.path().extension() == ".frames") files.push_back(file.path());
  }
  return files;
}

std::uint64_t cached_file_bytes(const IndexOptions& options) {
  const auto files = cached_files(options);
  return std::accumulate(
      files.begin(), files.end(), std::uint64_t{0},
      [](std::uint64_t sum, const auto& file) { return sum + std::filesystem::file_size(file); });
}

int shown_number(FrameSource& frames, std::int64_t frame) {
  std::vector<std::uint8_t> pixels(kFrameBytes);
  frames.read(frame, 1, 1, pixels);
  return tiny_video_frame(pixels);
}

}  // namespace

TEST_CASE("the first pass counts frames and later ones remember them") {
  ScratchFolder folder;
  const Dataset dataset = tiny_dataset(folder, 5);
  Dataset first = dataset, second = dataset;
  std::vector<std::int64_t> done;
  const IndexResult fresh =
      index_videos(first, options_in(folder), [&](std::int64_t count, std::int64_t total) {
        done.push_back(count);
        CHECK(total == 5);
      });
  CHECK(done == std::vector<std::int64_t>{1, 2, 3, 4, 5});
  CHECK(fresh.decoded == 5);
  CHECK(fresh.broken.empty());
  for (int i = 0; i < 5; ++i) CHECK(first.videos[static_cast<std::size_t>(i)].frames == 10 + i);
  const IndexResult known = index_videos(second, options_in(folder), nullptr);
  CHECK(known.decoded == 0);
  CHECK(known.reused == 5);
  CHECK(second.videos[4].frames == 14);
}

TEST_CASE("a changed video is decoded again") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 2);
  index_again(dataset, options_in(folder));
  write_tiny_video(folder / "video1.mp4", 31);
  const IndexResult result = index_videos(dataset, options_in(folder), nullptr);
  CHECK(result.decoded == 1);
  CHECK(result.reused == 1);
  CHECK(dataset.videos[1].frames == 31);
}

TEST_CASE("broken videos leave the dataset and are named") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 2);
  std::ofstream(folder / "noise.mp4") << std::string(3000, 'x');
  dataset.videos.insert(dataset.videos.begin() + 1, {folder / "noise.mp4", 0, 0});
  dataset.videos.push_back({folder / "absent.mp4", 0, 0});
  Dataset again = dataset;
  const IndexResult result = index_videos(dataset, options_in(folder), nullptr);
  REQUIRE(result.broken.size() == 2);
  CHECK(result.broken[0].path == folder / "noise.mp4");
  CHECK_THAT(result.broken[0].error, Catch::Contains("not a video"));
  CHECK(result.broken[1].path == folder / "absent.mp4");
  REQUIRE(dataset.videos.size() == 2);
  CHECK(dataset.videos[1].path == folder / "video1.mp4");
  write_tiny_video(folder / "absent.mp4", 3);  // it came back
  const IndexResult later = index_videos(again, options_in(folder), nullptr);
  REQUIRE(later.broken.size() == 1);
  CHECK(later.decoded == 1);
}

TEST_CASE("an index that is damaged is made anew") {
  ScratchFolder folder;
  const Dataset dataset = tiny_dataset(folder, 2);
  index_again(dataset, options_in(folder));
  for (const char* text : {"{\"format\": 1, \"videos\": {\"x\": 3}}", "{", "", "[]"}) {
    std::ofstream(folder / "index/index.json") << text;
    CHECK(index_again(dataset, options_in(folder)).decoded == 2);
  }
}

TEST_CASE("cached frames are those of the decoder") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 2);
  const IndexOptions options = options_in(folder, 1 << 20);
  const IndexResult result = index_videos(dataset, options, nullptr);
  CHECK(result.cached_bytes == cached_file_bytes(options));
  CHECK(cached_files(options).size() == 2);
  const auto cached = frame_opener(options)(dataset.videos[1]);
  const auto decoded = frame_opener(options_in(folder))(dataset.videos[1]);
  CHECK(cached->frame_count() == 11);
  for (const int stride : {1, 3}) {
    std::vector<std::uint8_t> from_cache(kFrameBytes * 3), from_file(kFrameBytes * 3);
    cached->read(2, stride, 3, from_cache);
    decoded->read(2, stride, 3, from_file);
    CHECK(from_cache == from_file);
  }
  CHECK(shown_number(*cached, 10) == 10);
  CHECK_THROWS_AS(shown_number(*cached, 11), Error);
  CHECK(index_again(dataset, options).reused == 2);
  CHECK(index_again(dataset, options).cached_bytes == result.cached_bytes);
}

TEST_CASE("the cache is read without the decoder") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 1);
  const IndexOptions options = options_in(folder, 1 << 20);
  index_videos(dataset, options, nullptr);
  const auto path = dataset.videos[0].path;
  const auto changed = std::filesystem::last_write_time(path);
  const auto bytes = std::filesystem::file_size(path);
  std::ofstream(path) << std::string(bytes, 'x');
  std::filesystem::last_write_time(path, changed);
  CHECK(shown_number(*frame_opener(options)(dataset.videos[0]), 7) == 7);
}

TEST_CASE("a cached file that is cut off or another's is decoded again") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 1);
  const IndexOptions options = options_in(folder, 1 << 20);
  index_videos(dataset, options, nullptr);
  const auto file = cached_files(options).at(0);
  const auto bytes = std::filesystem::file_size(file);
  for (const std::uint64_t left : {std::uint64_t{0}, std::uint64_t{10}, bytes - kFrameBytes, bytes - 1}) {
    std::filesystem::resize_file(file, left);
    CHECK(shown_number(*frame_opener(options)(dataset.videos[0]), 3) == 3);
    CHECK(index_again(dataset, options).decoded == 1);
    CHECK(std::filesystem::file_size(file) == bytes);
  }
  std::fstream(file, std::ios::in | std::ios::out).seekp(30).put('#');  // in the key
  CHECK(index_again(dataset, options).decoded == 1);
  CHECK(index_again(dataset, options).reused == 1);
}

TEST_CASE("frames of another size are cached beside") {
  ScratchFolder folder;
  const Dataset dataset = tiny_dataset(folder, 1);
  IndexOptions options = options_in(folder, 1 << 20);
  index_again(dataset, options);
  options.resize = {12, 8};
  CHECK(index_again(dataset, options).decoded == 1);
  CHECK(cached_files(options).size() == 2);
}

TEST_CASE("the cache keeps within its bytes and drops the frames of a changed video") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 4);
  const IndexOptions options = options_in(folder, 25 * kFrameBytes);
  const IndexResult result = index_videos(dataset, options, nullptr);
  CHECK(result.decoded == 4);
  CHECK(dataset.videos.size() == 4);
  CHECK(cached_file_bytes(options) <= options.cache_bytes);
  CHECK(cached_file_bytes(options) == result.cached_bytes);
  CHECK_FALSE(cached_files(options).empty());
  for (int i = 0; i < 4; ++i) CHECK(shown_number(*frame_opener(options)(dataset.videos[i]), 9) == 9);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i)
      write_tiny_video(folder / ("video" + std::to_string(i) + ".mp4"), 20 - i - round);
    CHECK(index_again(dataset, options).decoded == 4);
    CHECK(cached_file_bytes(options) <= options.cache_bytes);
    CHECK_FALSE(cached_files(options).empty());
  }
}

TEST_CASE("a progress callback that throws stops the pass and keeps what is known") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 3);
  IndexOptions options = options_in(folder);
  options.threads = 1;
  const auto interrupt = [](std::int64_t done, std::int64_t /*total*/) {
    if (done == 2) throw std::runtime_error("stop");
  };
  CHECK_THROWS_WITH(index_videos(dataset, options, interrupt), "stop");
  CHECK(dataset.videos.size() == 3);
  const IndexResult rest = index_videos(dataset, options, nullptr);
  CHECK(rest.reused == 2);
  CHECK(rest.decoded == 1);
}
