// The page and the JSON of a check, whatever the videos are called.
#include <fmt/format.h>

#include "catch.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"
#include "tests/c3d/check/checked_scenes.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)
namespace fs = std::filesystem;

namespace {

std::vector<std::string> strange_names() {
  return {"<b>bold<script>alert(1)<-script>.mp4", "\"quoted\" & 'so'.mp4", "\xF0\x9F\x8E\xAC film.mp4",
          std::string(200, 'n') + ".mp4",         "caf\xe9\xff.mp4",       "two\nlines.mp4"};
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("names of any bytes are text on the page and in JSON, and break nothing") {
  CheckedScenes scenes;
  std::uint64_t number = 50;
  for (const std::string& name : strange_names()) {
    write_scene(scenes.videos() / "dark" / name,
                {.place = number, .motion = number, .width = 48, .height = 96});
    ++number;
  }
  scenes.options.page = scenes.scratch / "check.html";
  const CheckReport report = scenes.check();
  const nlohmann::json json = parse_json(check_json(report));
  REQUIRE(json["findings"].size() == strange_names().size());
  std::vector<std::string> named;
  for (const nlohmann::json& one : json["findings"]) {
    CHECK(one["kind"] == "portrait");
    CHECK(one["weight"] == "may_harm");
    named.push_back(fs::path(name_of_json(one["file"].get<std::string>())).filename().native());
  }
  for (const std::string& name : strange_names()) CHECK(std::ranges::count(named, name) == 1);

  const std::string page = read_text(scenes.options.page);
  CHECK_FALSE(holds(page, "<b>bold"));
  CHECK_FALSE(holds(page, "<script>alert"));
  CHECK(holds(page, "&lt;b&gt;bold&lt;script&gt;"));
  CHECK(holds(page, "caf\xEF\xBF\xBD\xEF\xBF\xBD.mp4"));
  CHECK(holds(page, "caf%E9%FF.mp4"));
  CHECK(holds(page, "\xF0\x9F\x8E\xAC film.mp4"));
  CHECK_FALSE(holds(page, "http:"));
  CHECK_FALSE(holds(page, "https:"));
  CHECK_THAT(check_text(report), !Catch::Contains("two\nlines") && Catch::Contains("two\\nlines"));
}

TEST_CASE("the JSON of a check names its videos, classes and what stops training") {
  CheckedScenes scenes;
  fs::remove_all(scenes.videos() / "light");
  const nlohmann::json json = parse_json(check_json(scenes.check()));
  CHECK(json["would_stop"] == true);
  CHECK(json["stops"].size() >= 1);
  CHECK(json["videos"].size() == 4);
  std::vector<std::string> files;
  for (const nlohmann::json& one : json["videos"]) {
    CHECK(one["labels"] == std::vector<std::string>{"dark"});
    files.push_back(one["file"]);
  }
  CHECK(std::ranges::count(files, (scenes.videos() / "dark/v0.mp4").string()) == 1);
  CHECK(json["classes"][0]["name"] == "dark");
  CHECK(json["classes"][0]["frames"]["median"] == 60);
  CHECK(json["overall"]["training"].get<int>() + json["overall"]["validation"].get<int>() == 4);
}

TEST_CASE("a class whose name is not UTF-8 stops training, and the JSON says which") {
  CheckedScenes scenes;
  fs::rename(scenes.videos() / "dark", scenes.videos() / "caf\xe9");
  const nlohmann::json json = parse_json(check_json(scenes.check()));
  CHECK(json["would_stop"] == true);
  REQUIRE(json["findings"].size() == 1);
  CHECK_THAT(json["findings"][0]["text"].get<std::string>(),
             Catch::Contains("caf\\xe9: a class's name is UTF-8"));
}

TEST_CASE("a video that vanishes before its picture is drawn is on the page by its name alone") {
  CheckedScenes scenes;
  scenes.options.page = scenes.scratch / "check.html";
  scenes.options.settings.emplace_back("cache_gb", "0");
  bool is_gone = false;
  CheckCallbacks callbacks;
  callbacks.drawing = [&](std::int64_t, std::int64_t) {
    if (!is_gone) fs::remove(scenes.videos() / "dark/v1.mp4");
    is_gone = true;
  };
  CHECK(check_videos(scenes.options, callbacks).findings.empty());
  CHECK(is_gone);
  const std::string page = read_text(scenes.options.page);
  CHECK(holds(page, ">dark/v1.mp4</a>"));
  // Of two classes each has videos of these names.
  CHECK(count(page, "alt=\"Three frames of v0.mp4\"") == 2);
  CHECK(count(page, "alt=\"Three frames of v1.mp4\"") == 1);
}

TEST_CASE("a page shows three frames of each video, once however often it is named") {
  CheckedScenes scenes;
  fs::copy(scenes.videos() / "dark/v0.mp4", scenes.videos() / "dark/x.mp4");
  scenes.options.settings.emplace_back("validation_share", "0");
  scenes.options.page = scenes.scratch / "check.html";
  scenes.check();
  const std::string page = read_text(scenes.options.page);
  const std::string start = "<script type=\"application/json\" id=\"data\">";
  const std::size_t at = page.find(start) + start.size();
  const nlohmann::json data = parse_json(page.substr(at, page.find("</script>", at) - at));
  CHECK(data["pictures"].size() == 9);
  CHECK(holds(page, "alt=\"Three frames of v0.mp4\""));
  CHECK(holds(page, "id=\"copy\""));
}

TEST_CASE("a page that cannot be written is said before any video is read") {
  CheckedScenes scenes;
  scenes.options.page = scenes.scratch / "absent/check.html";
  CheckCallbacks callbacks;
  callbacks.reading = [](std::int64_t, std::int64_t) { FAIL("a video was read"); };
  CHECK_THROWS_WITH(check_videos(scenes.options, callbacks), Catch::Contains("check.html"));
}
