// Copies as encoders make them, through the whole first pass.
#include "data/near_duplicates.h"

#include "catch.h"
#include "tests/data/video/indexed_videos.h"
#include "tests/support/scenes.h"

using namespace c3d;

namespace {

Dataset only(const std::filesystem::path& path) {
  Dataset dataset;
  dataset.labels = {"only"};
  dataset.videos.push_back({path, 0, 0});
  return dataset;
}

VideoSignature signature_in(const IndexResult& result, const std::filesystem::path& path) {
  return result.signatures.at(path);
}

VideoSignature signature_by_file(const ScratchFolder& folder, const std::filesystem::path& path) {
  return signature_in(index_again(only(path), options_in(folder)), path);
}

}  // namespace

TEST_CASE("a copy in another size and quality is known and other takes are none") {
  const ScratchFolder folder;
  const Scene scene{.place = 1, .motion = 2, .frames = 90, .width = 160, .height = 120};
  write_scene(folder / "original.mp4", scene);
  const VideoSignature original = signature_by_file(folder, folder / "original.mp4");
  Scene copy = scene;
  copy.width = 64;
  copy.height = 64;
  write_scene(folder / "copy.avi", copy, 40);
  CHECK(are_near_duplicates(original, signature_by_file(folder, folder / "copy.avi")));
  copy.frames = 54;  // 15 frames a second for 25
  write_scene(folder / "slower.mkv", copy, 35);
  CHECK(are_near_duplicates(original, signature_by_file(folder, folder / "slower.mkv")));
  for (std::uint64_t motion = 3; motion < 9; ++motion) {
    Scene take = scene;
    take.motion = motion;
    const auto path = folder / ("take" + std::to_string(motion) + ".mp4");
    write_scene(path, take);
    CHECK_FALSE(are_near_duplicates(original, signature_by_file(folder, path)));
  }
}

TEST_CASE("signatures are remembered, and are the same with and without cached frames") {
  const ScratchFolder folder;
  const auto path = folder / "video.mp4";
  write_scene(path, {.place = 1, .motion = 2, .frames = 150});
  const VideoSignature decoded = signature_by_file(folder, path);
  CHECK(decoded.is_telling());
  const IndexResult later = index_again(only(path), options_in(folder));
  CHECK(later.reused == 1);
  CHECK(signature_in(later, path) == decoded);
  const IndexOptions cached = options_in(folder, 1 << 20, "frames/index");
  CHECK(signature_in(index_again(only(path), cached), path) == decoded);
}

TEST_CASE("an index of an older version keeps its worth and gets signatures") {
  const ScratchFolder folder;
  const auto path = folder / "video.mp4";
  write_scene(path, {.place = 1, .motion = 2, .frames = 70});
  const auto forget = [&](const std::string& name) {
    IndexEntries entries = read_index(folder / name);
    REQUIRE(entries.size() == 1);
    entries.begin()->second.signature.clear();
    add_to_index(folder / name, entries);
  };
  // With frames in the cache they tell; the video is not decoded.
  const IndexOptions cached = options_in(folder, 1 << 20);
  const VideoSignature signature = signature_in(index_again(only(path), cached), path);
  forget("cache/index/index.json");
  const IndexResult by_frames = index_again(only(path), cached);
  CHECK(by_frames.reused == 1);
  CHECK(by_frames.decoded == 0);
  CHECK(signature_in(by_frames, path) == signature);
  CHECK_FALSE(read_index(folder / "cache/index/index.json").begin()->second.signature.empty());
  // Without, it is decoded once more, and known from then on.
  const IndexOptions bare = options_in(folder, 0, "bare/index");
  index_again(only(path), bare);
  forget("bare/index/index.json");
  const IndexResult by_file = index_again(only(path), bare);
  CHECK(by_file.decoded == 1);
  CHECK(signature_in(by_file, path) == signature);
  CHECK(index_again(only(path), bare).reused == 1);
}

TEST_CASE("frames that keep their shape have signatures too") {
  const ScratchFolder folder;
  const auto path = folder / "video.mp4";
  write_scene(path, {.place = 1, .motion = 2, .width = 120, .height = 60});
  IndexOptions options = options_in(folder);
  options.resize = {0, 40};
  CHECK(are_near_duplicates(signature_in(index_again(only(path), options), path),
                            signature_by_file(folder, path)));
}
