#include "data/video_index.h"

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "catch.h"
#include "engine/io/read_error.h"
#include "tests/data/video/indexed_videos.h"
#include "tests/support/few_files.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

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
    std::ofstream(folder / "cache/index/index.json") << text;
    CHECK(index_again(dataset, options_in(folder)).decoded == 2);
  }
}

TEST_CASE("cached frames are those of the decoder") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 2);
  const IndexOptions options = options_in(folder, 1 << 20);
  const IndexResult result = index_videos(dataset, options, nullptr);
  CHECK(result.cached_bytes == cached_file_bytes(folder));
  CHECK(cached_files(folder).size() == 2);
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
  const auto file = cached_files(folder).at(0);
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
  CHECK(cached_files(folder).size() == 2);
}

TEST_CASE("the cache keeps within its bytes and drops the frames of a changed video") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 4);
  constexpr std::uint64_t kBytes = 25 * kFrameBytes;
  const IndexOptions options = options_in(folder, kBytes);
  const IndexResult result = index_videos(dataset, options, nullptr);
  CHECK(result.decoded == 4);
  CHECK(dataset.videos.size() == 4);
  CHECK(cached_file_bytes(folder) <= kBytes);
  CHECK(cached_file_bytes(folder) == result.cached_bytes);
  CHECK_FALSE(cached_files(folder).empty());
  for (std::size_t i = 0; i < 4; ++i) CHECK(shown_number(*frame_opener(options)(dataset.videos[i]), 9) == 9);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i)
      write_tiny_video(folder / ("video" + std::to_string(i) + ".mp4"), 20 - i - round);
    CHECK(index_again(dataset, options).decoded == 4);
    CHECK(cached_file_bytes(folder) <= kBytes);
    CHECK_FALSE(cached_files(folder).empty());
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

namespace {

// Decodes as ever, but first does what a test has in mind.
template <typename Before>
DecodeVideo decode_after(Before before) {
  return [before](const std::filesystem::path& path, FrameSize resize, FrameTaker& taker) {
    before(path);
    return decode_video(path, resize, taker);
  };
}

}  // namespace

TEST_CASE("an error of reading that passes leaves no trace") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 4);
  IndexOptions options = options_in(folder, 1 << 20);
  auto failures = std::make_shared<std::atomic<int>>(0);
  options.decode = decode_after([failures](const std::filesystem::path& path) {
    if (path.filename() == "video2.mp4" && (*failures)++ == 0) fail_to_read("{}: the disk stutters", path);
  });
  const IndexResult result = index_videos(dataset, options, nullptr);
  CHECK(result.broken.empty());
  CHECK(result.decoded == 4);
  REQUIRE(dataset.videos.size() == 4);
  CHECK(dataset.videos[2].frames == 12);
  CHECK(index_again(dataset, options_in(folder, 1 << 20)).reused == 4);
}

TEST_CASE("an error of reading that stays stops the pass and is not remembered") {
  ScratchFolder folder;
  const Dataset dataset = tiny_dataset(folder, 4);
  IndexOptions options = options_in(folder);
  options.decode = decode_after([](const std::filesystem::path& path) {
    if (path.filename() == "video2.mp4") fail_to_read("{}: the disk stutters", path);
  });
  CHECK_THROWS_WITH(index_again(dataset, options), Catch::Contains("1 videos cannot be read now") &&
                                                       Catch::Contains("video2.mp4: the disk stutters"));
  CHECK_THROWS_AS(index_again(dataset, options), ReadError);
  const IndexResult well = index_again(dataset, options_in(folder));
  CHECK(well.reused == 3);
  CHECK(well.decoded == 1);
  CHECK(well.broken.empty());
}

TEST_CASE("a disk that is gone ends the pass early and lists a few videos") {
  ScratchFolder folder;
  Dataset dataset;
  for (int i = 0; i < 150; ++i) {
    dataset.videos.push_back({folder.write("v" + std::to_string(i) + ".mp4", "x"), 0, 0});
  }
  IndexOptions options = options_in(folder);
  auto looks = std::make_shared<std::atomic<int>>(0);
  options.decode = [looks](const std::filesystem::path& path, FrameSize /*size*/, FrameTaker& /*taker*/) {
    ++*looks;
    fail_to_read("{}: no disk", path);
    return DecodedVideo();
  };
  CHECK_THROWS_WITH(index_again(dataset, options), Catch::Contains("videos cannot be read now") &&
                                                       Catch::Contains("  and 8") &&
                                                       Catch::Contains(" more"));
  CHECK(*looks < 110);
}

TEST_CASE("a video that changes while it is read is left out and not remembered") {
  ScratchFolder folder;
  const Dataset dataset = tiny_dataset(folder, 2);
  IndexOptions options = options_in(folder, 1 << 20);
  options.decode = decode_after([](const std::filesystem::path& path) {
    if (path.filename() == "video1.mp4") std::ofstream(path, std::ios::app) << "more";
  });
  const IndexResult result = index_again(dataset, options);
  REQUIRE(result.broken.size() == 1);
  CHECK_THAT(result.broken[0].error, Catch::Contains("video1.mp4: it changed while it was read"));
  CHECK(cached_files(folder).size() == 1);
  const IndexResult later = index_again(dataset, options_in(folder, 1 << 20));
  CHECK(later.decoded == 1);
  CHECK(later.broken.empty());
}

TEST_CASE("the decoder's warnings are told again by later passes") {
  ScratchFolder folder;
  const Dataset dataset = tiny_dataset(folder, 2);
  IndexOptions options = options_in(folder);
  options.decode = [](const std::filesystem::path& path, FrameSize size, FrameTaker& taker) {
    DecodedVideo video = decode_video(path, size, taker);
    if (path.filename() == "video1.mp4") video.warnings = {"the file breaks off", "a name\nof \xff"};
    return video;
  };
  const IndexResult first = index_again(dataset, options);
  REQUIRE(first.warnings.size() == 2);
  CHECK(first.warnings[0].path == folder / "video1.mp4");
  CHECK(first.warnings[0].text == "the file breaks off");
  const IndexResult later = index_again(dataset, options_in(folder));
  CHECK(later.reused == 2);
  REQUIRE(later.warnings.size() == 2);
  CHECK(later.warnings[1].text == "a name\\nof \\xff");
}

TEST_CASE("of many warnings a few are remembered, and the videos stay known") {
  ScratchFolder folder;
  const Dataset dataset = tiny_dataset(folder, 2);
  IndexOptions options = options_in(folder);
  options.decode = [](const std::filesystem::path& path, FrameSize size, FrameTaker& taker) {
    DecodedVideo video = decode_video(path, size, taker);
    for (int i = 0; i < 100; ++i) video.warnings.push_back("damage " + std::to_string(i));
    return video;
  };
  CHECK(index_again(dataset, options).warnings.size() == 2 * kMostWarnings);
  const IndexResult later = index_again(dataset, options_in(folder));
  CHECK(later.reused == 2);
  CHECK(later.warnings.size() == 2 * kMostWarnings);
}

TEST_CASE("a video that was refused for a limit, or by another FFmpeg, is tried again") {
  ScratchFolder folder;
  const Dataset dataset = tiny_dataset(folder, 1);
  IndexOptions strict = options_in(folder);
  strict.limits.max_pixels = 100;
  CHECK(index_again(dataset, strict).broken.size() == 1);
  CHECK(index_again(dataset, strict).reused == 1);
  CHECK(index_again(dataset, options_in(folder)).broken.empty());

  const std::filesystem::path index = folder / "cache/index/index.json";
  std::ofstream(dataset.videos[0].path) << std::string(3000, 'x');
  CHECK(index_again(dataset, options_in(folder)).broken.size() == 1);
  CHECK(index_again(dataset, options_in(folder)).reused == 1);
  IndexEntries entries = read_index(index);
  std::string& state = entries.begin()->second.state;
  const std::size_t at = state.find("avcodec ");
  REQUIRE(at != std::string::npos);
  state.insert(at + 8, "1");
  add_to_index(index, entries);
  CHECK(index_again(dataset, options_in(folder)).decoded == 1);
}

TEST_CASE("a video that is gone cannot be read, with its frames in a cache as without") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 1);
  index_videos(dataset, options_in(folder, 1 << 20), nullptr);
  std::filesystem::remove(dataset.videos[0].path);
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1} << 20}) {
    CHECK_THROWS_AS(frame_opener(options_in(folder, bytes))(dataset.videos[0]), ReadError);
  }
}

TEST_CASE("a video that goes while it is read is named and not remembered") {
  ScratchFolder folder;
  const Dataset dataset = tiny_dataset(folder, 2);
  IndexOptions options = options_in(folder, 1 << 20);
  options.decode = [](const std::filesystem::path& path, FrameSize size, FrameTaker& taker) {
    const DecodedVideo video = decode_video(path, size, taker);
    if (path.filename() == "video1.mp4") std::filesystem::remove(path);
    return video;
  };
  const IndexResult result = index_again(dataset, options);
  REQUIRE(result.broken.size() == 1);
  CHECK_THAT(result.broken[0].error, Catch::Contains("video1.mp4"));
  CHECK(read_index(folder / "cache/index/index.json").size() == 1);
}

TEST_CASE("videos whose names are not UTF-8 are remembered") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 1);
  const std::filesystem::path path = folder / "caf\xe9 50%.mp4";
  write_tiny_video(folder / "plain.mp4", 21);
  std::filesystem::rename(folder / "plain.mp4", path);
  dataset.videos.push_back({path, 0, 0});
  CHECK(index_again(dataset, options_in(folder)).decoded == 2);
  const IndexResult later = index_videos(dataset, options_in(folder), nullptr);
  CHECK(later.reused == 2);
  CHECK(dataset.videos[1].frames == 21);
}

TEST_CASE("few files are open at once where the process may open few") {
  ScratchFolder folder;
  const Dataset dataset = tiny_dataset(folder, 12);
  IndexOptions options = options_in(folder, 1 << 20);
  options.threads = 8;
  const FewFiles limit(20);
  const IndexResult result = index_again(dataset, options);
  CHECK(result.decoded == 12);
  CHECK(result.broken.empty());
  const std::vector<std::string> notes = options.cache->take_notes();
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Catch::Contains("ulimit -n") && Catch::Contains("not 8"));
}

TEST_CASE("a video that cannot be read now is left out where that is wanted, and the others are read") {
  ScratchFolder folder;
  Dataset dataset = tiny_dataset(folder, 3);
  IndexOptions options = options_in(folder);
  options.leaves_unread = true;
  options.decode = decode_after([](const std::filesystem::path& path) {
    if (path.filename() == "video1.mp4") fail_to_read("{}: the disk stutters", path);
  });
  const IndexResult result = index_videos(dataset, options, nullptr);
  CHECK(dataset.videos.size() == 2);
  CHECK(result.broken.empty());
  REQUIRE(result.unread.size() == 1);
  CHECK(result.unread[0].path == folder / "video1.mp4");
  CHECK_THROWS_AS(expect_all_read(result.unread), ReadError);
  CHECK_NOTHROW(expect_all_read({}));
}
