#include "c3d/check/equal_files.h"

#include <stdexcept>

#include "catch.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)
namespace fs = std::filesystem;

using Groups = std::vector<std::vector<std::size_t>>;

TEST_CASE("files of equal bytes are grouped, and those of equal size alone are not") {
  const ScratchFolder folder;
  const std::vector<fs::path> files = {folder.write("a", "first"), folder.write("b", "other"),
                                       folder.write("c", "first"), folder.write("d", "longer than those"),
                                       folder.write("e", "other"), folder.write("f", "third"),
                                       folder.write("g", ""),      folder.write("h", ""),
                                       folder / "absent",          folder.path()};
  std::int64_t read = 0;
  CHECK(equal_files(files, 2, [&](std::int64_t done, std::int64_t total) {
          read = done;
          CHECK(total == 5);
        }) == Groups{{0, 2}, {1, 4}});
  CHECK(read == 5);
}

TEST_CASE("names of one file are equal") {
  const ScratchFolder folder;
  const fs::path file = folder.write("a", "bytes");
  fs::create_symlink(file, folder / "link");
  fs::create_hard_link(file, folder / "hard");
  CHECK(equal_files({file, folder / "link", folder / "hard"}, 1, {}) == Groups{{0, 1, 2}});
  const fs::path other = folder.write("b", "bytes");
  CHECK(equal_files({other, file, folder / "link"}, 1, {}) == Groups{{0, 1, 2}});
}

TEST_CASE("a comparison of files ends where its progress throws") {
  const ScratchFolder folder;
  std::vector<fs::path> files;
  for (int i = 0; i < 50; ++i) files.push_back(folder.write(std::to_string(i), "same size"));
  CHECK_THROWS_AS(equal_files(files, 2, [](std::int64_t, std::int64_t) { throw std::runtime_error("stop"); }),
                  std::runtime_error);
}
