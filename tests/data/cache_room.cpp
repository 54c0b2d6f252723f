#include "data/cache_room.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <string>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMiB = 1 << 20;

std::optional<DiskSpace> large_disk(const fs::path& /*path*/) {
  return DiskSpace{std::uint64_t{1} << 40, std::uint64_t{1} << 39};
}

// Room for the frames of one set.
struct Sets {
  explicit Sets(std::int64_t bytes) {
    fs::create_directories(folder / "set");
    room.emplace(folder / "set", static_cast<std::uint64_t>(bytes), large_disk);
  }
  std::int64_t said() const { return std::stoll(read_text(folder / "frames.bytes")); }

  ScratchFolder folder;
  std::optional<CacheRoom> room;
};

// While it lives, this process can write to no file.
class NoWriting {
 public:
  NoWriting() : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~NoWriting() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    static_cast<void>(std::signal(SIGXFSZ, signal_));
  }
  NoWriting(const NoWriting&) = delete;
  NoWriting& operator=(const NoWriting&) = delete;

 private:
  rlimit before_{};
  void (*signal_)(int);
};

}  // namespace

TEST_CASE("room is taken in large pieces where there is plenty and to the byte where there is little") {
  Sets plenty(1000 * kMiB);
  std::int64_t taken = 0;
  CHECK(plenty.room->take(100, taken));
  CHECK(taken == 16 * kMiB + 100);
  CHECK(plenty.said() == taken);
  plenty.room->give(taken);
  CHECK(plenty.said() == 0);

  Sets little(1000);
  taken = 0;
  CHECK(little.room->take(900, taken));
  CHECK(taken < 910);
  CHECK(little.room->take(1000 - taken, taken));
  CHECK(taken == 1000);
  CHECK_FALSE(little.room->take(1, taken));
  CHECK(taken == 0);
  CHECK(little.said() == 0);
}

TEST_CASE("what cannot be written down about the room is owed, and told the next time") {
  Sets sets(1000);
  std::int64_t taken = 0, other = 0;
  {
    const NoWriting limit;
    CHECK(sets.room->take(300, taken));  // one failure costs nothing
    CHECK_THROWS_WITH(sets.room->take(200, other), Catch::Contains("frames.bytes"));
    sets.room->give(other);
  }
  CHECK(sets.said() == 0);
  other = 0;
  CHECK(sets.room->take(1, other));
  CHECK(sets.said() == taken + other);
  {
    const NoWriting limit;
    sets.room->give(taken);
  }
  sets.room.reset();
  CHECK(sets.said() == other);
}

TEST_CASE("what stands in the place of the count of all frames is named and left as it is") {
  ScratchFolder folder;
  fs::create_directories(folder / "set");
  const fs::path total = folder / "frames.bytes";
  const auto refused = [&] {
    CHECK_THROWS_WITH(CacheRoom(folder / "set", 1000, large_disk),
                      Catch::Contains("frames.bytes: is no file") && Catch::Contains("remove it"));
  };
  REQUIRE(::mkfifo(total.c_str(), 0600) == 0);
  refused();
  CHECK(fs::is_fifo(total));
  fs::remove(total);
  fs::create_directory(total);
  refused();
  fs::remove(total);
  fs::create_symlink(folder.write("letter", "dear"), total);
  refused();
  CHECK(read_text(folder / "letter") == "dear");
}
