// c3d_infer --report: the page of a folder of videos.
#include <algorithm>

#include "catch.h"
#include "engine/io/json.h"
#include "tests/tools/c3d_infer/command_fixture.h"

using namespace c3d;

namespace {

nlohmann::json data_of(const std::string& page) {
  const std::string start = "<script type=\"application/json\" id=\"data\">";
  const std::size_t from = page.find(start) + start.size();
  return parse_json(page.substr(from, page.find("</script>", from) - from));
}

}  // namespace

TEST_CASE("a folder of videos has a page with their labels, their frames and what failed") {
  const CommandFixture at;
  CHECK(at.run(kWeights + "v --json out.jsonl --report page.html") == 1);  // c.mp4 is no video
  CHECK_THAT(at.err(), Catch::Contains("report: page.html"));
  const std::string page = read_text(at.folder / "page.html");
  CHECK_THAT(page, Catch::Contains("c.mp4") && Catch::Contains("What failed or was passed over"));
  const nlohmann::json data = data_of(page);
  REQUIRE(data["videos"].size() == 2);
  CHECK(data["strips"].size() == 2);
  for (const nlohmann::json& line : lines(read_text(at.folder / "out.jsonl"))) {
    if (line["status"] != "ok") continue;
    const auto video = std::ranges::find_if(data["videos"], [&](const nlohmann::json& one) {
      return line["file"].get<std::string>().ends_with(one["name"].get<std::string>());
    });
    REQUIRE(video != data["videos"].end());
    CHECK((*video)["seen"][0][0] == line["labels"][0]["index"]);
    CHECK((*video)["seen"][0][1].get<double>() ==
          Approx(line["labels"][0]["probability"].get<double>()).margin(6e-4));
  }
}

TEST_CASE("the page shows where the network looks in the least certain video, for its two likeliest labels") {
  const CommandFixture at;
  CHECK(at.run(kWeights + "v/a.mp4 v/b.mp4 --report page.html") == 0);
  const nlohmann::json data = data_of(read_text(at.folder / "page.html"));
  const nlohmann::json& video = data["videos"][data["lists"]["least"][0].get<std::size_t>()];
  REQUIRE(video["heat"].size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(video["heat"][i]["label"] == video["seen"][i][0]);
    CHECK(data["heat"][video["heat"][i]["picture"].get<std::size_t>()].get<std::string>().size() > 100);
  }
  // The clip in the middle of 40 frames, or of 20.
  const bool is_long = video["name"] == "a.mp4";
  CHECK(video["heat"][0]["first"] == (is_long ? 12 : 2));
  CHECK(video["heat"][0]["last"] == (is_long ? 27 : 17));
}

TEST_CASE("a pipe has no pictures on the page, which waits for none") {
  const CommandFixture at;
  CHECK(at.run(kWeights + "--window 16 p --report page.html", "mkfifo p && { cat v/b.mp4 > p & } && ") == 0);
  const nlohmann::json data = data_of(read_text(at.folder / "page.html"));
  CHECK(data["videos"][0]["why"] == "No picture: it is a pipe, which gives its bytes once");
  CHECK(data["heat"].empty());
}

TEST_CASE("the page of a resumed run has the videos that were done before") {
  const CommandFixture at;
  CHECK(at.run(kWeights + "v/a.mp4 v/b.mp4 --json out.jsonl") == 0);
  CHECK(at.run(kWeights + "v/a.mp4 v/b.mp4 --json out.jsonl --resume --report page.html") == 0);
  CHECK_THAT(at.err(), Catch::Contains("2 of 2 videos were done before"));
  CHECK(data_of(read_text(at.folder / "page.html"))["videos"].size() == 2);
}

TEST_CASE("a page that has no place is refused before any video is read") {
  const CommandFixture at;
  CHECK(at.run(kWeights + "v/a.mp4 --report nowhere/page.html") == 1);
  CHECK_THAT(at.err(), Catch::Contains("nowhere"));
  CHECK(at.out().empty());
  CHECK(at.run(kWeights + "v/a.mp4 --report v/a.mp4") == 2);
  CHECK_THAT(at.err(), Catch::Contains("--report"));
}
