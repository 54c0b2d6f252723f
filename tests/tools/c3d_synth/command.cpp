// The program itself, as a user runs it.
#include "tests/support/command.h"
#include "catch.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

TEST_CASE("a wrong command line of c3d_synth is exit code 2 and leaves nothing behind") {
  const ScratchFolder folder;
  const auto errors = [&](const std::string& arguments) {
    INFO(arguments);
    CHECK(run_command(folder.path(), C3D_BINARY_DIR "/bin/c3d_synth " + arguments) == 2);
    CHECK_FALSE(std::filesystem::exists(folder / "w"));
    return read_text(folder / "err");
  };
  CHECK_THAT(errors("w --world --class rian"), Catch::Contains("--class: is 'rian'") &&
                                                   Catch::Contains("the nearest is 'rain'") &&
                                                   !Catch::Contains("walk"));
  for (const char* side : {"--width", "--height"}) {
    CHECK_THAT(
        errors("w --world " + std::string(side) + " 4096"),
        Catch::Contains(std::string(side) + ": is '4096', but must be a whole number from 16 to 2048"));
  }
  CHECK_THAT(errors("w --look trian"), Catch::Contains("the nearest is 'train'"));
  CHECK_THAT(errors("w --play bakward"), Catch::Contains("the nearest is 'backward'"));
  CHECK_THAT(errors("w --per-class 0"), Catch::Contains("must be a whole number from 1 to 1000000"));
}

TEST_CASE("a picture that cannot be written is said before anything is drawn") {
  const ScratchFolder folder;
  CHECK(run_command(folder.path(), C3D_BINARY_DIR "/bin/c3d_synth w --world --class rain --show no/a.png") ==
        1);
  CHECK_THAT(read_text(folder / "err"), Catch::Contains("there is no folder"));
  CHECK_FALSE(std::filesystem::exists(folder / "w"));
}

}  // namespace
}  // namespace c3d
