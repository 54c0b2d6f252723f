// Formats of features, as a user of c3d_infer meets them.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <set>
#include <sstream>

#include "catch.h"
#include "engine/io/whole_file.h"
#include "tests/support/h5_file.h"
#include "tests/tools/c3d_infer/command_fixture.h"
#include "weights/npy_array.h"
#include "weights/sha256.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using Fixture = CommandFixture;
using Names = std::vector<std::string>;

const std::string kFc6 = kWeights + "--window 16 --step 4 --features fc6 ";
const std::string kH5 = kFc6 + "--feature-format h5 --features-out f.h5 ";

std::int64_t lines_in(const std::string& text) { return std::ranges::count(text, '\n'); }

TEST_CASE_METHOD(Fixture, "txt is 32 segments of length 1 without further options") {
  REQUIRE(run(kFc6 + "--feature-format txt --features-out t v/a.mp4 v/b.mp4") == 0);
  REQUIRE(run(kFc6 + "--pool segments:32 --l2 --features-out n v/a.mp4 v/b.mp4") == 0);
  const NpyArray table = parse_npy(WholeFile(folder / "n/v/a.npy").bytes());
  const std::string text = read_text(folder / "t/v/a.txt");
  CHECK(lines_in(text) == 32);
  std::istringstream words(text);
  std::vector<float> values;
  for (std::string word; words >> word;) values.push_back(std::strtof(word.c_str(), nullptr));
  CHECK(values == table.values);
  CHECK(run(kFc6 + "--feature-format txt --features-out t v/a.mp4 v/b.mp4 --resume") == 0);
  CHECK_THAT(err(), Catch::Contains("2 of 2 videos were done before"));
  CHECK(run(kFc6 + "--feature-format txt --pool segments:8:matlab --features-out t v/a.mp4 v/b.mp4") == 0);
  CHECK(lines_in(read_text(folder / "t/v/b_C.txt")) == 8);
}

TEST_CASE_METHOD(Fixture, "an HDF5 file has what npy files have and says what made it") {
  REQUIRE(run(kH5 + "v --json r.jsonl") == 1);  // c.mp4 is no video
  REQUIRE(run(kFc6 + "--features-out n v") == 1);
  CHECK(read_h5_names(folder / "f.h5") == Names{"a", "b"});
  for (const char* id : {"a", "b"}) {
    const NpyArray expected = parse_npy(WholeFile(folder / ("n/" + std::string(id) + ".npy")).bytes());
    const H5TestTable table = read_h5_table(folder / "f.h5", std::string(id) + "/c3d_features");
    CHECK(table.rows == expected.extents[0]);
    CHECK(table.size == expected.extents[1]);
    CHECK(table.values == expected.values);
  }
  CHECK(read_h5_text(folder / "f.h5", "a/c3d_features", "weights_sha256") ==
        file_sha256(folder / "w.safetensors"));
  const nlohmann::json recipe = parse_json(read_h5_text(folder / "f.h5", "a/c3d_features", "made_by"));
  CHECK(recipe["layer"] == "fc6");
  CHECK(recipe["format"] == "h5");
  const nlohmann::json file = parse_json(read_h5_text(folder / "f.h5", "a/c3d_features", "recipe_file"));
  CHECK(file["layer"] == "fc6");
  CHECK(file["weights_sha256"] == file_sha256(folder / "w.safetensors"));
  CHECK_FALSE(fs::exists(folder / ".f.h5.parts"));
}

TEST_CASE_METHOD(Fixture, "a name that ends as an HDF5 file's becomes one") {
  for (const char* name : {"f.h5", "f.hdf5"}) {
    REQUIRE(run(kFc6 + "v/a.mp4 v/b.mp4 --features-out " + name) == 0);
    CHECK(read_h5_names(folder / name) == Names{"a", "b"});
  }
}

TEST_CASE_METHOD(Fixture, "a run that resumes an HDF5 file does what is left and what has changed") {
  REQUIRE(run(kH5 + "v/a.mp4") == 0);
  REQUIRE(run(kH5 + "v/a.mp4 v/b.mp4 --resume") == 0);
  CHECK_THAT(err(), Catch::Contains("1 of 2 videos were done before"));
  CHECK(read_h5_names(folder / "f.h5") == Names{"a", "b"});
  const std::string made = read_text(folder / "f.h5");
  REQUIRE(run(kH5 + "v/a.mp4 v/b.mp4 --resume") == 0);
  CHECK(read_text(folder / "f.h5") == made);
  write_tiny_video(folder / "v/b.mp4", 30);
  REQUIRE(run(kH5 + "v/a.mp4 v/b.mp4 --resume") == 0);
  CHECK_THAT(err(), Catch::Contains("the video has changed since"));
  CHECK(read_h5_table(folder / "f.h5", "b/c3d_features").rows == 4);
  REQUIRE(run(kFc6 + "--feature-format h5 --features-out f.h5 --pool mean v/b.mp4 --resume") == 0);
  CHECK_THAT(err(), Catch::Contains("pooling none, now mean"));
  CHECK(read_h5_table(folder / "f.h5", "b/c3d_features").rows == 1);
  CHECK(read_h5_table(folder / "f.h5", "a/c3d_features").rows == 7);
}

// In the file, or in those beside it that go into it.
std::size_t videos_kept(const fs::path& folder) {
  std::set<std::string> ids;
  const auto add = [&](const fs::path& file) {
    if (fs::exists(file)) std::ranges::copy(read_h5_names(file), std::inserter(ids, ids.end()));
  };
  add(folder / "f.h5");
  std::error_code absent;
  for (fs::directory_iterator entry(folder / ".f.h5.parts", absent), end; !absent && entry != end;
       entry.increment(absent)) {
    if (!entry->path().filename().native().starts_with('.')) add(entry->path());
  }
  return ids.size();
}

// Runs a line of the shell in the folder until it has written a line, and kills it then. False: it has ended.
bool kill_after_a_line(const fs::path& folder, const std::string& command) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    const std::string line = "cd " + folder.string() + " && exec " + command + " 2>err";
    ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  char letter = 0;
  ssize_t got = 1;
  while (letter != '\n' && got == 1) got = ::read(ends[0], &letter, 1);
  if (got == 1) ::kill(child, SIGKILL);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return got == 1;
}

// Each run comes a video further. Kills in the middle of writing are for c3d_test_h5.
TEST_CASE_METHOD(Fixture, "an HDF5 file is whole after every kill and nothing that was written is lost") {
  constexpr std::size_t kVideos = 6;
  std::string list;
  fs::create_directories(folder / "k");
  for (std::size_t i = 0; i < kVideos; ++i) {
    const std::string name = "k/v" + std::to_string(i) + ".mp4";
    fs::copy(folder / "v/b.mp4", folder / name);
    list += name + "\n";
  }
  folder.write("list.txt", list);
  const std::string command = C3D_BINARY_DIR "/bin/c3d_infer " + kH5 + "--batch 1 --list list.txt --resume";
  std::size_t kills = 0, before = 0;
  while (kill_after_a_line(folder.path(), command)) {
    const std::size_t now = videos_kept(folder.path());
    CHECK(now > before);
    before = now;
    REQUIRE(++kills <= kVideos);
  }
  CHECK(kills > 1);
  REQUIRE(run(kH5 + "--list list.txt --resume") == 0);
  CHECK_THAT(err(), Catch::Contains("6 of 6 videos were done before"));
  CHECK(read_h5_names(folder / "f.h5").size() == kVideos);
  REQUIRE(run(kFc6 + "--features-out n.npy v/b.mp4") == 0);
  const NpyArray expected = parse_npy(WholeFile(folder / "n.npy").bytes());
  for (std::size_t i = 0; i < kVideos; ++i) {
    const std::string table = "v" + std::to_string(i) + "/c3d_features";
    CHECK(read_h5_table(folder / "f.h5", table).values == expected.values);
  }
}

TEST_CASE_METHOD(
    Fixture, "an HDF5 file that may not become so large is an error, and a run without the limit goes on") {
  for (int i = 0; i < 2; ++i) {
    CHECK(run(kH5 + "v/a.mp4 v/b.mp4 --resume", "ulimit -f 20;") == 1);
    CHECK_THAT(err(), Catch::Contains("ulimit -f"));
  }
  CHECK(run(kH5 + "v/a.mp4 v/b.mp4 --resume") == 0);
}

TEST_CASE_METHOD(Fixture, "what an HDF5 file cannot be is said before any work is done") {
  const auto refused = [&](const std::string& arguments, const std::string& why, int code = 1) {
    INFO(arguments);
    CHECK(run(kFc6 + "--feature-format h5 " + arguments) == code);
    CHECK_THAT(err(), Catch::Contains(why));
    CHECK(out().empty());
  };
  fs::create_directory(folder / "x");
  fs::copy(folder / "v/a.mp4", folder / "x/a.mp4");
  refused("--features-out f.h5 v/a.mp4 x/a.mp4", "v/a.mp4 and x/a.mp4 would both be called 'a'");
  refused("--features-out x v/a.mp4", "give it a name, such as x/features.h5");
  refused("--features-out v/a.mp4 v/a.mp4", "would overwrite", 2);
  folder.write("t.h5", "text");
  refused("--features-out t.h5 v/a.mp4", "t.h5: it is no HDF5 file: move it away");
  CHECK(read_text(folder / "t.h5") == "text");
  REQUIRE(run(kH5 + "v/a.mp4") == 0);
  refused("--features-out f.h5 --h5-layout tacos v/a.mp4", "give --h5-layout activitynet, or another file");
}

TEST_CASE_METHOD(Fixture,
                 "an unknown format names the nearest and options that contradict one are exit code 2") {
  const auto wrong = [&](const std::string& arguments, const std::string& why) {
    INFO(arguments);
    CHECK(run(kWeights + "v/a.mp4 --features fc6 --features-out o " + arguments) == 2);
    CHECK_THAT(err(), Catch::Contains(why));
  };
  wrong("--feature-format hdf5", "the nearest is 'h5'");
  wrong("--feature-format text", "the nearest is 'txt'");
  wrong("--feature-format txt --pool mean", "a line for each segment");
  wrong("--feature-format txt --pool none", "a line for each segment");
  wrong("--feature-format txt --crops 10", "only npy has an axis");
  wrong("--feature-format h5 --crops 10", "only npy has an axis");
  wrong("--h5-layout tacos", "give --feature-format h5 too");
  wrong("--feature-format txt --h5-id name", "give --feature-format h5 too");
  wrong("--feature-format h5 --h5-layout activitynt", "the nearest is 'activitynet'");
  wrong("--feature-format h5 --h5-id stam", "the nearest is 'stem'");
  CHECK(run(kWeights + "v/a.mp4 --feature-format h5") == 2);
}

}  // namespace
}  // namespace c3d
