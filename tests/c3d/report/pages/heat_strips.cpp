#include "c3d/report/thumbnails/heat_strips.h"

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

const auto not_stopped = [] { return false; };

HeatRequest request(const fs::path& path, std::vector<std::size_t> labels, int& made) {
  return {path, labels, [labels, &made] {
            ++made;
            std::vector<LabelStrip> strips;
            for (const std::size_t label : labels) strips.push_back({label, 3, 18, label == 1, "QUJD"});
            return strips;
          }};
}

TEST_CASE("strips of heat are kept in a file, and made anew of other weights, labels and videos",
          "[report]") {
  const ScratchFolder folder;
  const fs::path video = folder.write("a.mp4", "first"), file = folder / "heat.jsonl";
  int made = 0;
  const std::vector<HeatRequest> wanted{request(video, {2, 1}, made)};
  HeatStrips first(file);
  CHECK(first.provide(wanted, "some weights", 60, not_stopped));
  first.save();
  const HeatStrips read(file);
  REQUIRE(read.find(video).size() == 2);
  CHECK(read.find(video)[0].label == 2);
  CHECK(read.find(video)[1].last_frame == 18);
  CHECK(read.find(video)[1].is_blank);
  CHECK(read.find(video)[1].jpeg == "QUJD");
  CHECK_FALSE(read.lacks(wanted, "some weights"));

  HeatStrips second(file);
  CHECK_FALSE(second.provide(wanted, "some weights", 60, not_stopped));
  CHECK(made == 1);
  CHECK(second.provide(wanted, "other weights", 60, not_stopped));
  CHECK(made == 2);
  CHECK(second.provide({request(video, {2}, made)}, "other weights", 60, not_stopped));
  CHECK(made == 3);
  folder.write("a.mp4", "another size");
  CHECK(second.provide({request(video, {2}, made)}, "other weights", 60, not_stopped));
  CHECK(made == 4);
  CHECK(second.provide({}, "other weights", 60, not_stopped));
  CHECK(second.empty());
}

TEST_CASE("a video that is gone keeps its heat, but for that of other weights", "[report]") {
  const ScratchFolder folder;
  const fs::path video = folder.write("a.mp4", "first");
  int made = 0;
  HeatStrips strips;
  strips.provide({request(video, {0}, made)}, "some", 60, not_stopped);
  fs::remove(video);
  const HeatRequest gone{video, {1}, []() -> std::vector<LabelStrip> { fail("it is gone"); }};
  CHECK_FALSE(strips.provide({gone}, "some", 60, not_stopped));
  CHECK(strips.find(video).size() == 1);
  CHECK(strips.provide({gone}, "others", 60, not_stopped));
  CHECK(strips.find(video).empty());
  CHECK(strips.failures().at(video) == "it is gone");
}

TEST_CASE("where there is no time the first video alone gets heat, and none in a run that is stopped",
          "[report]") {
  int made = 0;
  const std::vector<HeatRequest> wanted{request("a.mp4", {0}, made), request("b.mp4", {0}, made)};
  HeatStrips strips;
  CHECK_FALSE(strips.provide(wanted, "some", 60, [] { return true; }));
  CHECK(made == 0);
  CHECK(strips.provide(wanted, "some", 0, not_stopped));
  CHECK(made == 1);
  CHECK_FALSE(strips.find("a.mp4").empty());
  CHECK(strips.find("b.mp4").empty());
}

TEST_CASE("lines of a heat file that are something else are left out", "[report]") {
  const ScratchFolder folder;
  const fs::path file = folder.write(
      "heat.jsonl",
      "no json\n{\"file\": \"a\"}\n"
      "{\"file\":\"b\",\"bytes\":1,\"changed\":1,\"weights\":\"w\",\"strips\":[{\"label\":-1,\"first\":0,"
      "\"last\":1,\"blank\":false,\"jpeg\":\"\\\"><script>\"}]}\n");
  CHECK(HeatStrips(file).empty());
}

}  // namespace
}  // namespace c3d
