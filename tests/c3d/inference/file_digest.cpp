#include "c3d/inference/file_digest.h"

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

TEST_CASE("the digest of a file is of the bytes that all have read") {
  const ScratchFolder folder;
  const fs::path file = folder.write("w", "abc");
  CHECK(FileDigest(file).digits() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  SECTION("it is replaced by one of the same size and time") {
    FileDigest digest(file);
    fs::last_write_time(folder.write("new", "abd"), fs::last_write_time(file));
    fs::rename(folder / "new", file);
    CHECK_THROWS_WITH(digest.digits(), Catch::Contains("was changed while it was read"));
  }
  SECTION("it grows") {
    FileDigest digest(file);
    folder.write("w", "abcd");
    CHECK_THROWS_AS(digest.digits(), Error);
  }
  SECTION("it comes only now") {
    FileDigest digest(folder / "later");
    folder.write("later", "abc");
    CHECK_THROWS_AS(digest.digits(), Error);
  }
}

}  // namespace
}  // namespace c3d
