#include "c3d/common/output_names.h"

#include "c3d/common/bad_request.h"
#include "catch.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

TEST_CASE("a name that ends as another format's do is refused, with the endings that are right") {
  CHECK_THROWS_AS(expect_ending("--timeline", "a.jpg", {".png"}), BadRequest);
  CHECK_THAT(message_of([] {
               expect_ending("--features-out", "a.MP4", {".h5", ".hdf5"});
             }),
             Catch::Contains("--features-out a.MP4: what is written there is no .mp4 file") &&
                 Catch::Contains("ends in .h5 or .hdf5"));
  for (const char* name : {"a.png", "a.PNG", "a", "run.v2", "/dev/stdout", ""}) {
    INFO(name);
    CHECK_NOTHROW(expect_ending("--timeline", name, {".png"}));
  }
}

TEST_CASE("a folder is not called like a file unless it is there already") {
  const ScratchFolder folder;
  CHECK_THROWS_AS(expect_folder_name("--overlay", folder / "a.mp4", 14), BadRequest);
  CHECK_NOTHROW(expect_folder_name("--overlay", folder / "fc6", 14));
  CHECK_NOTHROW(expect_folder_name("--overlay", folder / "run.v2", 14));
  std::filesystem::create_directory(folder / "a.mp4");
  CHECK_NOTHROW(expect_folder_name("--overlay", folder / "a.mp4", 14));
}

}  // namespace
}  // namespace c3d
