#include <filesystem>

#include "catch.h"
#include "data/video_index.h"
#include "tests/data/video/indexed_videos.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

TEST_CASE("the index remembers what videos are like, and one without is made anew where that is wanted") {
  ScratchFolder folder;
  const Dataset dataset = tiny_dataset(folder, 2);
  const IndexResult fresh = index_again(dataset, options_in(folder));
  REQUIRE(fresh.looks.size() == 2);
  const VideoLook look = fresh.looks.at(dataset.videos[0].path);
  CHECK(look.width == 64);
  CHECK(look.height == 48);
  CHECK(look.seconds > 0);
  CHECK(look.brightness > 0);
  // As it was written before there were looks.
  const std::filesystem::path file = folder / "cache/index/index.json";
  IndexEntries entries = read_index(file);
  REQUIRE(entries.size() == 2);
  for (auto& [name, entry] : entries) entry.look.clear();
  add_to_index(file, entries);
  CHECK(index_again(dataset, options_in(folder)).reused == 2);
  IndexOptions wanting = options_in(folder);
  wanting.wants_looks = true;
  const IndexResult made = index_again(dataset, wanting);
  CHECK(made.decoded == 2);
  CHECK(made.looks == fresh.looks);
  CHECK(index_again(dataset, wanting).reused == 2);
}
