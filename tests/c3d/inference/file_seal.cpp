// The seal behind a shard's HDF5 file.
#include "c3d/inference/shards/file_seal.h"

#include "catch.h"
#include "engine/io/atomic_file.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

TEST_CASE("a seal holds for the bytes before it and for no others") {
  const ScratchFolder folder;
  folder.write("file", "some bytes");
  CHECK(file_seal(folder / "file") == FileSeal::none);
  CHECK(file_seal(folder / "absent") == FileSeal::none);
  seal_file(folder / "file");
  const std::string sealed = read_text(folder / "file");
  CHECK(sealed.starts_with("some bytes\n"));
  CHECK(file_seal(folder / "file") == FileSeal::holds);
  for (const std::size_t place : {std::size_t{0}, std::size_t{9}, sealed.size() - 2}) {
    std::string damaged = sealed;
    damaged[place] ^= 1;
    folder.write("file", damaged);
    CHECK(file_seal(folder / "file") == FileSeal::broken);
  }
  folder.write("file", sealed.substr(0, sealed.size() - 1));
  CHECK(file_seal(folder / "file") == FileSeal::none);
}

}  // namespace
}  // namespace c3d
