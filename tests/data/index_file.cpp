#include "data/index_file.h"

#include <fstream>
#include <future>
#include <optional>
#include <string>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

IndexEntry counted(std::int64_t frames) { return {"9 bytes, changed 1.000000002", frames, "", {}}; }

void replace_in(const std::filesystem::path& file, const std::string& what, const std::string& with) {
  std::string text = read_text(file);
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  text.replace(at, what.size(), with);
  std::ofstream(file, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("an index holds what was added, whatever the names") {
  ScratchFolder folder;
  const auto file = folder / "index.json";
  CHECK(read_index(file).empty());
  const IndexEntries first = {
      {"/a.mp4", counted(3)}, {"/caf\xe9%.mp4", counted(4)}, {"percent-encoded:", counted(1)}};
  const IndexEntries second = {{"/a.mp4", counted(5)},
                               {"/b\n\"\x1b.mp4", {"state", 0, "/b: no video\n  at all", {}}},
                               {"/c.mp4", {"state", 7, "", {"cut", "caf\xc3\xa9"}}}};
  add_to_index(file, first);
  CHECK(read_index(file) == first);
  add_to_index(file, second);
  IndexEntries all = second;
  all.insert(first.begin(), first.end());
  CHECK(read_index(file) == all);
}

TEST_CASE("an entry keeps what its video looks like, and one of an older version is sound without") {
  ScratchFolder folder;
  const auto file = folder / "index.json";
  IndexEntry entry = counted(8);
  entry.signature = "00ff";
  add_to_index(file, {{"/a.mp4", entry}});
  CHECK(read_index(file) == IndexEntries{{"/a.mp4", entry}});
  replace_in(file, "00ff", "00fe");
  CHECK(read_index(file).empty());
  entry.look = "96 72 25";
  add_to_index(file, {{"/a.mp4", entry}});
  CHECK(read_index(file) == IndexEntries{{"/a.mp4", entry}});
  replace_in(file, "96 72", "96 73");
  CHECK(read_index(file).empty());
  // As it was written before there were signatures.
  std::ofstream(file) << R"({"format": 2, "videos": {
"/a.mp4": {"frames":8,"state":"9 bytes, changed 1.000000002","sum":190703914}
}}
)";
  CHECK(read_index(file) == IndexEntries{{"/a.mp4", counted(8)}});
}

TEST_CASE("an entry of an index that is out of range or was changed is left out, and the others stay") {
  ScratchFolder folder;
  const auto file = folder / "index.json";
  for (const std::int64_t frames : {std::int64_t{0}, std::int64_t{-5}, std::int64_t{1} << 40}) {
    add_to_index(file, {{"/bad.mp4", counted(frames)}, {"/good.mp4", counted(8)}});
    CHECK(read_index(file) == IndexEntries{{"/good.mp4", counted(8)}});
  }
  for (const char* lie :
       {"\"frames\":0", "\"frames\":-5", "\"frames\":9", "\"frames\":9223372036854775807"}) {
    std::filesystem::remove(file);
    add_to_index(file, {{"/a.mp4", counted(8)}, {"/b.mp4", counted(7)}});
    replace_in(file, "\"frames\":8", lie);
    CHECK(read_index(file) == IndexEntries{{"/b.mp4", counted(7)}});
  }
}

TEST_CASE("an entry with more warnings than are remembered is left out, and the others stay") {
  ScratchFolder folder;
  const auto file = folder / "index.json";
  IndexEntry much = counted(8);
  much.warnings.assign(9, "cut");
  add_to_index(file, {{"/a.mp4", much}, {"/b.mp4", counted(7)}});
  CHECK(read_index(file) == IndexEntries{{"/b.mp4", counted(7)}});
}

TEST_CASE("what is no index holds no entries, and entries can be added") {
  ScratchFolder folder;
  const auto file = folder / "index.json";
  add_to_index(file, {{"/a.mp4", counted(8)}});
  const std::string text = read_text(file);
  const auto without = [&](const std::string& what, const std::string& with) {
    std::string changed = text;
    return changed.replace(changed.find(what), what.size(), with);
  };
  for (const std::string& lie : {std::string(),
                                 std::string("{"),
                                 std::string("[]"),
                                 std::string("3"),
                                 std::string("null"),
                                 std::string("{\"format\": 2, \"videos\": [1, 2]}"),
                                 std::string("{\"format\": 2, \"videos\": {\"/a\": 3}}"),
                                 std::string(1'000'000, '['),
                                 "{\"a\": " + std::string(1'000'000, '['),
                                 text.substr(0, text.size() / 2),
                                 without("2", "1"),
                                 without("2", "\"2\""),
                                 without("2", "1e300"),
                                 without("8", "8.5"),
                                 without("8", "\"8\""),
                                 without("8", "18446744073709551615"),
                                 without("8", "true"),
                                 text + "x",
                                 std::string(64, '\0'),
                                 without("\"state\":\"9", "\"state\":{\"x\":\"9"),
                                 without("/a", "\xff")}) {
    std::ofstream(file, std::ios::binary) << lie;
    CHECK(read_index(file).empty());
    add_to_index(file, {{"/b.mp4", counted(2)}});
    CHECK(read_index(file) == IndexEntries{{"/b.mp4", counted(2)}});
  }
}

TEST_CASE("a file too large to be an index is not read") {
  ScratchFolder folder;
  const auto file = folder.write("index.json", "{");
  std::filesystem::resize_file(file, std::uintmax_t{4} << 30);
  CHECK(read_index(file).empty());
  add_to_index(file, {{"/a.mp4", counted(8)}});
  CHECK(read_index(file).size() == 1);
}

TEST_CASE("entries wait for others that write the index, and are not lost where these take too long") {
  ScratchFolder folder;
  const auto file = folder / "index.json";
  std::optional<CacheLock> other(file.string() + ".lock");
  REQUIRE(other->try_own());
  CHECK_FALSE(add_to_index(file, {{"/a.mp4", counted(8)}}, Patience{0}));
  CHECK(read_index(file).empty());
  std::future<bool> waits = std::async(std::launch::async, [&] {
    return add_to_index(file, {{"/a.mp4", counted(8)}}, kLongPatience);
  });
  other.reset();
  CHECK(waits.get());
  CHECK(read_index(file).size() == 1);
}

TEST_CASE("a folder in the place of an index gets another name, and keeps what it holds") {
  ScratchFolder folder;
  folder.write("index.json/mine.txt", "mine");
  CHECK(add_to_index(folder / "index.json", {{"/a.mp4", counted(8)}}));
  CHECK(read_index(folder / "index.json").size() == 1);
  CHECK(read_text(folder / "index.json.old/mine.txt") == "mine");
}
