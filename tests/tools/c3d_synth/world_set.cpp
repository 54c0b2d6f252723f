#include "tools/c3d_synth/world_set.h"

#include <algorithm>
#include <sstream>

#include "catch.h"
#include "data/video_reader.h"
#include "engine/io/atomic_file.h"
#include "engine/io/json.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

WorldSetOptions small_world(const std::filesystem::path& folder, int threads) {
  WorldSetOptions options;
  options.folder = folder;
  options.classes = {"hug", "rain"};
  options.per_class = 2;
  options.frames = 5;
  options.width = 128;
  options.height = 96;
  options.threads = threads;
  return options;
}

TEST_CASE("a set of the world has a folder for each class, attributes of each video, and one outcome") {
  const ScratchFolder folder;
  write_world_set(small_world(folder / "one", 1), [](std::int64_t, std::int64_t) {});
  write_world_set(small_world(folder / "three", 3),
                  [](std::int64_t, std::int64_t total) { CHECK(total == 4); });
  const std::string attributes = read_text(folder / "one/attributes.jsonl");
  CHECK(attributes == read_text(folder / "three/attributes.jsonl"));
  std::istringstream lines(attributes);
  int videos = 0;
  for (std::string line; std::getline(lines, line); ++videos) {
    const auto json = parse_json(line);
    const std::filesystem::path file = json["file"].get<std::string>();
    CHECK(file.parent_path() == json["motion"].get<std::string>());
    CHECK(json.contains("camera"));
    const bool same = read_text(folder / "one" / file) == read_text(folder / "three" / file);
    CHECK(same);
    VideoReader reader(folder / "one" / file);
    std::vector<std::uint8_t> frame(std::size_t{3} * 128 * 96);
    int frames = 0;
    while (reader.next(frame)) ++frames;
    CHECK(frames == 5);
  }
  CHECK(videos == 4);
}

TEST_CASE("a class that the world has not is an error, and nothing is written") {
  const ScratchFolder folder;
  WorldSetOptions options = small_world(folder / "set", 1);
  options.classes.emplace_back("yodel");
  CHECK_THROWS_WITH(write_world_set(options, [](std::int64_t, std::int64_t) {}), Catch::Contains("yodel"));
  CHECK(!std::filesystem::exists(folder / "set"));
}

TEST_CASE("a set of the world that grows class by class keeps what it says of the videos that stay") {
  const ScratchFolder folder;
  const auto ignore = [](std::int64_t, std::int64_t) {};
  WorldSetOptions options = small_world(folder / "set", 1);
  write_world_set(options, ignore);
  const std::string both = read_text(folder / "set/attributes.jsonl");
  options.classes = {"snow"};
  write_world_set(options, ignore);
  const std::string three = read_text(folder / "set/attributes.jsonl");
  CHECK(three.starts_with(both));
  CHECK(std::ranges::count(three, '\n') == 6);
  // What is written anew is said once, and what is gone not at all.
  std::filesystem::remove(folder / "set/hug/hug_0002.mp4");
  options.classes = {"rain"};
  options.seed = 7;
  write_world_set(options, ignore);
  const std::string again = read_text(folder / "set/attributes.jsonl");
  CHECK(std::ranges::count(again, '\n') == 5);
  CHECK(again.find("hug_0001") < again.find("snow_0001"));
  CHECK(again.find("snow_0002") < again.find("rain_0001"));
  CHECK(again.find("hug_0002") == std::string::npos);
}

TEST_CASE("a file of attributes that is none of ours is not written over") {
  const ScratchFolder folder;
  folder.write("set/attributes.jsonl", "my notes\n");
  CHECK_THROWS_WITH(write_world_set(small_world(folder / "set", 1), [](std::int64_t, std::int64_t) {}),
                    Catch::Contains("attributes.jsonl, line 1"));
  CHECK(read_text(folder / "set/attributes.jsonl") == "my notes\n");
}

TEST_CASE("the world can be shown") {
  const ScratchFolder folder;
  show_world(folder / "world.png", small_world({}, 1));
  CHECK(std::filesystem::file_size(folder / "world.png") > 10000);
}

}  // namespace
}  // namespace c3d
