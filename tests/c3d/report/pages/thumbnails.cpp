#include "c3d/report/thumbnails/thumbnails.h"

#include "catch.h"
#include "engine/core/error.h"
#include "tests/c3d/report/pages/example_facts.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

const auto never = [] { return false; };

StripRequest request(const fs::path& path, int& opened) {
  return {path, [&opened] {
            ++opened;
            return example_frames(1);
          }};
}

TEST_CASE("strips are kept beside the page, and made again where a video has changed", "[report]") {
  const ScratchFolder folder;
  const fs::path video = folder.write("a.mp4", "first"), file = folder / "strips.jsonl";
  int opened = 0;
  Thumbnails first(file);
  CHECK(first.provide({request(video, opened)}, 60, never));
  first.save();
  CHECK(opened == 1);
  REQUIRE_FALSE(first.find(video).empty());

  Thumbnails second(file);
  CHECK_FALSE(second.provide({request(video, opened)}, 60, never));
  CHECK(opened == 1);
  CHECK(second.find(video) == first.find(video));

  folder.write("a.mp4", "another size");
  Thumbnails third(file);
  CHECK(third.provide({request(video, opened)}, 60, never));
  CHECK(opened == 2);
}

TEST_CASE("a video that is gone keeps its strip", "[report]") {
  const ScratchFolder folder;
  const fs::path video = folder.write("a.mp4", "first"), file = folder / "strips.jsonl";
  int opened = 0;
  Thumbnails thumbnails(file);
  thumbnails.provide({request(video, opened)}, 60, never);
  fs::remove(video);
  CHECK_FALSE(thumbnails.provide({request(video, opened)}, 60, never));
  CHECK_FALSE(thumbnails.find(video).empty());
}

TEST_CASE("a video that cannot be read is left out with its reason, and not tried again", "[report]") {
  int tried = 0;
  const StripRequest broken{"/videos/broken.mp4", [&tried]() -> std::unique_ptr<FrameSource> {
                              ++tried;
                              fail("it is a text file");
                            }};
  Thumbnails thumbnails;
  thumbnails.provide({broken}, 60, never);
  thumbnails.provide({broken}, 60, never);
  CHECK(tried == 1);
  CHECK(thumbnails.find(broken.path).empty());
  CHECK(thumbnails.why_not(broken.path) == "it is a text file");
}

TEST_CASE("strips are made while there is time, and while nobody stops it", "[report]") {
  int opened = 0;
  Thumbnails thumbnails;
  thumbnails.provide({request("/a", opened)}, 0, never);
  thumbnails.provide({request("/a", opened)}, 60, [] { return true; });
  CHECK(opened == 0);
}

TEST_CASE("strips that are no longer wanted are forgotten", "[report]") {
  int opened = 0;
  Thumbnails thumbnails;
  thumbnails.provide({request("/a", opened), request("/b", opened)}, 60, never);
  CHECK(thumbnails.provide({request("/b", opened)}, 60, never));
  CHECK(thumbnails.find("/a").empty());
  CHECK_FALSE(thumbnails.find("/b").empty());
}

TEST_CASE("a file of strips that is damaged only costs time", "[report]") {
  const ScratchFolder folder;
  const fs::path file = folder.write(
      "strips.jsonl",
      "no JSON\n{}\n[1]\n{\"file\":\"/a\",\"bytes\":0,\"changed\":0,\"jpeg\":\"\\\"><b>\"}\n{\"file\":");
  Thumbnails thumbnails(file);
  CHECK(thumbnails.find("/a").empty());
  int opened = 0;
  thumbnails.provide({request("/a", opened)}, 60, never);
  CHECK(opened == 1);
}

}  // namespace
}  // namespace c3d
