#include "c3d/inference/result_file.h"

#include <sys/stat.h>

#include <future>

#include "catch.h"
#include "engine/core/error.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

const std::vector<Input> kVideos{
    {"a.mp4", "a.mp4", "a.mp4", ""}, {"b.mp4", "b.mp4", "b.mp4", ""}, {"c.mp4", "c.mp4", "c.mp4", ""}};

std::string line(const std::string& name, const std::string& status = "ok") {
  nlohmann::ordered_json json;
  json["file"] = json_name(name);
  json["status"] = status;
  json["made_by"] = recipe_json({{"weights", "12ab"}});
  json["source"] = source_json({name, "/v/" + name, 1, 2});
  return dump_json(json);
}
bool known(std::size_t /*video*/, const std::optional<Origin>& origin) { return !origin; }

TEST_CASE("lines are under the final name only when all are there") {
  const ScratchFolder folder;
  ResultFile file(folder / "r.jsonl");
  file.add(0, line("a.mp4"));
  CHECK(!fs::exists(folder / "r.jsonl"));
  CHECK(read_text(folder / ".r.jsonl.part") == line("a.mp4") + "\n");
  file.finish();
  CHECK(read_text(folder / "r.jsonl") == line("a.mp4") + "\n");
  CHECK(!fs::exists(folder / ".r.jsonl.part"));
}

TEST_CASE("a resumed file keeps finished lines and ends in the order of the videos") {
  const ScratchFolder folder;
  folder.write(".r.jsonl.part",
               line("c.mp4") + "\n" + line("b.mp4", "failed") + "\n" + line("a.mp4").substr(0, 9));
  ResultFile file(folder / "r.jsonl", kVideos, known);
  CHECK(file.holds(2));
  CHECK(!file.holds(0));
  CHECK(!file.holds(1));
  file.add(0, line("a.mp4"));
  file.add(1, line("b.mp4"));
  file.finish();
  CHECK(read_text(folder / "r.jsonl") == line("a.mp4") + "\n" + line("b.mp4") + "\n" + line("c.mp4") + "\n");
}

TEST_CASE("a finished file is resumed too and a stale line goes") {
  const ScratchFolder folder;
  folder.write("r.jsonl", line("a.mp4") + "\n" + line("b.mp4") + "\n" + line("other.mp4") + "\n");
  ResultFile file(folder / "r.jsonl", kVideos, [](std::size_t video, const std::optional<Origin>& origin) {
    CHECK(origin->recipe == Recipe{{"weights", "12ab"}});
    CHECK(origin->source.path == "/v/" + kVideos[video].name);
    return video == 1;
  });
  CHECK(file.holds(0));
  CHECK(!file.holds(1));
  file.finish();
  CHECK(read_text(folder / "r.jsonl") == line("other.mp4") + "\n" + line("a.mp4") + "\n");
}

TEST_CASE("a resumed file keeps failed lines too where they are of other videos") {
  const ScratchFolder folder;
  folder.write("r.jsonl", line("other.mp4", "failed") + "\n" + line("a.mp4", "failed") + "\n");
  ResultFile file(folder / "r.jsonl", kVideos, known);
  CHECK(!file.holds(0));
  file.add(0, line("a.mp4"));
  file.finish();
  CHECK(read_text(folder / "r.jsonl") == line("other.mp4", "failed") + "\n" + line("a.mp4") + "\n");
}

TEST_CASE("files that hold no lines of ours are refused and left alone") {
  const ScratchFolder folder;
  for (const char* text : {"precious", "{\"file", "{\"file\":\"a.mp4\",\"siz", ""}) {
    folder.write(".r.jsonl.part", text);
    if (*text == 'p') {
      CHECK_THROWS_WITH(ResultFile(folder / "r.jsonl"), Catch::Contains("move it away"));
      CHECK_THROWS_AS(ResultFile(folder / "r.jsonl", kVideos, known), Error);
      CHECK(read_text(folder / ".r.jsonl.part") == "precious");
    } else {
      ResultFile(folder / "r.jsonl").add(0, line("a.mp4"));
      CHECK(read_text(folder / ".r.jsonl.part") == line("a.mp4") + "\n");
    }
  }
  fs::remove(folder / ".r.jsonl.part");
  folder.write("r.jsonl", "my notes\n");
  CHECK_THROWS_WITH(ResultFile(folder / "r.jsonl", kVideos, known), Catch::Contains("r.jsonl"));
  CHECK(read_text(folder / "r.jsonl") == "my notes\n");
  CHECK(!fs::exists(folder / ".r.jsonl.part"));
  REQUIRE(mkfifo((folder / ".r.jsonl.part").c_str(), 0600) == 0);
  CHECK_THROWS_AS(ResultFile(folder / "r.jsonl"), Error);
}

TEST_CASE("a line of an earlier version says not how it was made") {
  const ScratchFolder folder;
  folder.write("r.jsonl", R"({"file":"a.mp4","status":"ok"})"
                          "\n");
  const ResultFile file(folder / "r.jsonl", kVideos, known);
  CHECK(!file.holds(0));
}

TEST_CASE("a name that is not UTF-8 is found again") {
  const ScratchFolder folder;
  const std::vector<Input> videos{{"caf\xe9.mp4", "", "", ""}};
  folder.write("r.jsonl", line("caf\xe9.mp4") + "\n");
  CHECK(ResultFile(folder / "r.jsonl", videos, known).holds(0));
}

TEST_CASE("a pipe gets the lines as they come and stays one") {
  const ScratchFolder folder;
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  std::promise<void> seen;
  auto reader = std::async(std::launch::async, [&] {
    std::ifstream in(folder / "pipe");
    std::string first, second;
    std::getline(in, first);
    seen.set_value();
    std::getline(in, second);
    return first + second;
  });
  ResultFile file(folder / "pipe");
  file.add(0, "one");
  seen.get_future().wait();
  file.add(1, "two");
  file.finish();
  CHECK(reader.get() == "onetwo");
  CHECK(fs::is_fifo(folder / "pipe"));
  CHECK(!fs::exists(folder / ".pipe.part"));
  CHECK_THROWS_AS(ResultFile(folder / "pipe", kVideos, known), Error);
}

TEST_CASE("a link is followed and devices are not replaced") {
  const ScratchFolder folder;
  folder.write("real", "old");
  fs::create_symlink("real", folder / "link");
  ResultFile file(folder / "link");
  file.add(0, "new");
  file.finish();
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(read_text(folder / "real") == "new\n");
  ResultFile device("/dev/null");
  device.add(0, "lost");
  device.finish();
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("lines that cannot be written are an error that says why") {
  const ScratchFolder folder;
  ResultFile full("/dev/full");
  CHECK_THROWS_WITH(full.add(0, "line"), Catch::Contains("the disk is full"));
  CHECK_THROWS_WITH(ResultFile(folder / "absent/r.jsonl"), Catch::Contains("create it first"));
}

}  // namespace
}  // namespace c3d
