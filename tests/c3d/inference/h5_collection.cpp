#include "c3d/inference/h5_collection.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "c3d/inference/h5_handle.h"
#include "catch.h"
#include "engine/core/error.h"
#include "engine/io/file.h"
#include "tests/support/h5_file.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

const Origin kOrigin{{{"weights", "0123"}, {"layer", "fc6"}},
                     {.file = "v.mp4", .path = "/v.mp4", .bytes = 7, .modified = 9}};

// Rows {first, first}, {first + 1, first + 1} ...
void write_part(const H5Collection& all, const std::string& id, float first, int rows = 3,
                const Origin& origin = kOrigin) {
  const fs::path part = all.part_of(id);
  fs::create_directories(part.parent_path());
  H5Table table(part, all.place_of(id, origin), rows, 2);
  for (int row = 0; row < rows; ++row) {
    const float value = first + static_cast<float>(row);
    table.add(std::vector<float>{value, value});
  }
  table.commit();
}
void put(H5Collection& all, const std::string& id, float first) {
  write_part(all, id, first);
  all.add(id);
}
std::vector<std::string> names(const fs::path& file) { return read_h5_names(file); }
using Names = std::vector<std::string>;

TEST_CASE("each layout puts a video's table where its readers look for it") {
  const ScratchFolder folder;
  const H5Layout layout = GENERATE(H5Layout::activitynet, H5Layout::tacos);
  H5Collection all(folder / "f.h5", layout);
  for (const char* id : {"v_b", "v_a", "s13-d21.avi"}) put(all, id, 5);
  all.finish();
  CHECK(names(folder / "f.h5") == Names{"s13-d21.avi", "v_a", "v_b"});
  const std::string table = layout == H5Layout::tacos ? "v_a" : "v_a/c3d_features";
  const H5TestTable read = read_h5_table(folder / "f.h5", table);
  CHECK(read.rows == 3);
  CHECK(read.size == 2);
  CHECK(read.values == std::vector<float>{5, 5, 6, 6, 7, 7});
  CHECK(read_h5_text(folder / "f.h5", table, "weights_sha256") == "0123");
  CHECK(read_h5_text(folder / "f.h5", table, "made_by") == R"({"weights":"0123","layer":"fc6"})");
  CHECK(read_h5_text(folder / "f.h5", table, "source") == R"({"path":"/v.mp4","bytes":7,"modified":9})");
  CHECK_FALSE(fs::exists(folder / ".f.h5.parts"));
}

TEST_CASE("a table stands where it was made from the same video in the same way") {
  const ScratchFolder folder;
  H5Collection all(folder / "f.h5", H5Layout::activitynet);
  CHECK(all.complaint("a", 2, kOrigin) == "");
  put(all, "a", 1);
  CHECK(all.complaint("a", 2, kOrigin) == std::nullopt);
  CHECK(all.complaint("b", 2, kOrigin) == "");
  CHECK(all.complaint("a", 3, kOrigin) == "");  // of another size
  Origin other = kOrigin;
  other.recipe[1].second = "fc7";
  CHECK(all.complaint("a", 2, other) == "other settings (layer fc6, now fc7)");
  other = kOrigin;
  other.source.bytes = 8;
  CHECK(all.complaint("a", 2, other) == "the video has changed since");
}

TEST_CASE("the file has every video from the first on or it waits beside it") {
  const ScratchFolder folder;
  {
    H5Collection all(folder / "f.h5", H5Layout::tacos);
    for (int i = 0; i < 20; ++i) {
      put(all, "v" + std::to_string(i), static_cast<float>(i));
      const std::size_t written = names(folder / "f.h5").size();
      CHECK(3 * written >= 2 * static_cast<std::size_t>(i + 1) - 2);
    }
  }  // as if killed: what waits is not put into the file
  CHECK(names(folder / "f.h5").size() < 20);
  const H5Collection next(folder / "f.h5", H5Layout::tacos);
  CHECK(names(folder / "f.h5").size() == 20);
  CHECK(next.complaint("v19", 2, kOrigin) == std::nullopt);
  CHECK(read_h5_table(folder / "f.h5", "v19").values[0] == 19);
}

TEST_CASE("what a kill leaves of a table is no table") {
  const ScratchFolder folder;
  {
    H5Collection all(folder / "f.h5", H5Layout::tacos);
    put(all, "a", 1);
    write_part(all, "b", 1);
    const std::string whole = read_text(all.part_of("b"));
    folder.write(".f.h5.parts/." + all.part_of("c").filename().string() + ".part", whole.substr(0, 300));
    folder.write(".f.h5.parts/.whole.part", whole.substr(0, 300));
    folder.write(".f.h5.parts/mine.txt", "kept");
  }
  H5Collection next(folder / "f.h5", H5Layout::tacos);
  CHECK(names(folder / "f.h5") == Names{"a", "b"});
  next.finish();
  CHECK(read_text(folder / ".f.h5.parts/mine.txt") == "kept");
  CHECK(std::distance(fs::directory_iterator(folder / ".f.h5.parts"), fs::directory_iterator()) == 1);
}

TEST_CASE("a video that is done again takes its old table's place and others' things stay") {
  const ScratchFolder folder;
  {
    H5Collection all(folder / "f.h5", H5Layout::tacos);
    put(all, "a", 1);
    put(all, "b", 1);
    all.finish();
  }
  const hid_t file = H5Fopen((folder / "f.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t attribute = H5Acreate2(file, "about", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT);
  const int number = 42;
  H5Awrite(attribute, H5T_NATIVE_INT, &number);
  H5Aclose(attribute);
  H5Sclose(space);
  H5Fclose(file);
  H5Collection again(folder / "f.h5", H5Layout::tacos);
  put(again, "a", 8);
  again.finish();
  CHECK(read_h5_table(folder / "f.h5", "a").values[0] == 8);
  CHECK(read_h5_table(folder / "f.h5", "b").values[0] == 1);
  const hid_t after = H5Fopen((folder / "f.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  CHECK(H5Aexists(after, "about") > 0);
  H5Fclose(after);
}

TEST_CASE("a file of another layout or of none is refused with what to do") {
  const ScratchFolder folder;
  for (const H5Layout layout : {H5Layout::activitynet, H5Layout::tacos}) {
    H5Collection all(folder / (to_string(layout) + ".h5"), layout);
    put(all, "a", 1);
    all.finish();
  }
  const auto refused = [&](const char* name, H5Layout layout, const std::string& why) {
    CHECK_THROWS_WITH(check_h5_file(folder / name, layout), Catch::Contains(why) && Catch::Contains(name));
    CHECK_THROWS_WITH(H5Collection(folder / name, layout), Catch::Contains(why));
  };
  refused("tacos.h5", H5Layout::activitynet, "give --h5-layout tacos, or another file");
  refused("activitynet.h5", H5Layout::tacos, "give --h5-layout activitynet, or another file");
  folder.write("text.h5", "features");
  refused("text.h5", H5Layout::tacos, "it is no HDF5 file: move it away");
  const std::string whole = read_text(folder / "tacos.h5");
  folder.write("cut.h5", whole.substr(0, whole.size() / 2));
  refused("cut.h5", H5Layout::tacos, "it is damaged");
  CHECK(read_text(folder / "text.h5") == "features");
  const hid_t file = H5Fcreate((folder / "group.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose(H5Gcreate2(file, "data", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Fclose(file);
  refused("group.h5", H5Layout::activitynet, "'data' in it is no table of a video's features");
  folder.write("empty.h5");
  CHECK_NOTHROW(check_h5_file(folder / "empty.h5", H5Layout::tacos));
  folder.write(".new.h5.parts", "mine");
  CHECK_THROWS_WITH(H5Collection(folder / "new.h5", H5Layout::tacos), Catch::Contains("move it away"));
}

TEST_CASE("another program's table is not replaced, and ours are") {
  const ScratchFolder folder;
  const hid_t file = H5Fcreate((folder / "f.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t extents[] = {3, 4};
  const hid_t space = H5Screate_simple(2, extents, nullptr);
  H5Dclose(H5Dcreate2(file, "theirs", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(space);
  H5Fclose(file);
  H5Collection all(folder / "f.h5", H5Layout::tacos);
  put(all, "ours", 1);
  all.finish();
  CHECK_NOTHROW(all.expect_replaceable("ours"));
  CHECK_NOTHROW(all.expect_replaceable("new"));
  CHECK_THROWS_WITH(all.expect_replaceable("theirs"),
                    Catch::Contains("'theirs' in it is of another program"));
}

TEST_CASE("a file that another program writes is not touched") {
  const ScratchFolder folder;
  {
    H5Collection all(folder / "f.h5", H5Layout::tacos);
    put(all, "a", 1);
    all.finish();
  }
  const std::string before = read_text(folder / "f.h5");
  File writer(folder / "f.h5", O_RDWR);
  REQUIRE(writer.try_lock() == Lock::held);  // as libhdf5 locks what it writes
  CHECK_THROWS_WITH(check_h5_file(folder / "f.h5", H5Layout::tacos),
                    Catch::Contains("another program writes it"));
  writer.close();
  CHECK(read_text(folder / "f.h5") == before);
  CHECK_NOTHROW(check_h5_file(folder / "f.h5", H5Layout::tacos));
}

// The system ends a process at the very write that makes a file longer than it may be.
bool killed_at_size(const fs::path& file, rlim_t most, int videos) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_DFL);
    const struct rlimit no_core {
      0, 0
    }, small{most, RLIM_INFINITY};
    setrlimit(RLIMIT_CORE, &no_core);
    setrlimit(RLIMIT_FSIZE, &small);
    H5Collection all(file, H5Layout::activitynet);
    for (int i = 0; i < videos; ++i) {
      const std::string id = "v" + std::to_string(i);
      if (all.complaint(id, 2, kOrigin)) put(all, id, static_cast<float>(i));
    }
    all.finish();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE((WIFEXITED(status) || WTERMSIG(status) == SIGXFSZ));
  return !WIFEXITED(status);
}

TEST_CASE("a kill at any write leaves a whole file and the end is as without kills") {
  constexpr int kVideos = 12;
  const ScratchFolder folder;
  const fs::path file = folder / "f.h5";
  std::size_t before = 0, kills = 0;
  for (rlim_t most = 128; killed_at_size(file, most, kVideos); most += 128) {
    ++kills;
    const std::size_t now = fs::exists(file) ? names(file).size() : 0;
    REQUIRE(now >= before);
    before = now;
  }
  CHECK(kills > 100);
  CHECK(names(file).size() == kVideos);
  for (int i = 0; i < kVideos; ++i) {
    const std::string table = "v" + std::to_string(i) + "/c3d_features";
    CHECK(read_h5_table(file, table).values[0] == static_cast<float>(i));
  }
  CHECK_FALSE(fs::exists(folder / ".f.h5.parts"));
  CHECK_FALSE(killed_at_size(folder / "undisturbed.h5", RLIM_INFINITY, kVideos));
  CHECK(read_text(file) == read_text(folder / "undisturbed.h5"));
}

// A disk that is full, as far as a process can have one of its own.
TEST_CASE("a table that cannot be written is an error and leaves the file as it was") {
  const ScratchFolder folder;
  H5Collection all(folder / "f.h5", H5Layout::tacos);
  put(all, "a", 1);
  const std::string before = read_text(folder / "f.h5");
  std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit old {};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &old) == 0);
  struct rlimit small = old;
  small.rlim_cur = 40'000;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string why;
  try {
    write_part(all, "b", 1, 30'000);
  } catch (const Error& error) {
    why = error.message();
  }
  setrlimit(RLIMIT_FSIZE, &old);
  CHECK_THAT(why, Catch::Contains("cannot write") && Catch::Contains(".h5"));
  CHECK(read_text(folder / "f.h5") == before);
  CHECK_FALSE(fs::exists(all.part_of("b")));
  put(all, "b", 2);
  all.finish();
  CHECK(names(folder / "f.h5") == Names{"a", "b"});
}

TEST_CASE("a file for which the disk has no room is an error before anything is written to it") {
  const ScratchFolder folder;
  folder.write("f.h5", "as it was");
  const H5Silence silence;
  CHECK_THROWS_WITH(H5NewFile(folder / "part", folder / "f.h5", std::uint64_t{1} << 60),
                    Catch::Contains("cannot write") && Catch::Contains("f.h5"));
  CHECK_FALSE(fs::exists(folder / "part"));
  CHECK(read_text(folder / "f.h5") == "as it was");
}

TEST_CASE("equal features are equal bytes") {
  const ScratchFolder folder;
  for (const char* name : {"1.h5", "2.h5"}) {
    H5Collection all(folder / name, H5Layout::activitynet);
    put(all, "a", 1);
    put(all, "b", 1);
    all.finish();
  }
  CHECK(read_text(folder / "1.h5") == read_text(folder / "2.h5"));
}

}  // namespace
}  // namespace c3d
