// Features in HDF5 as the recipe of others.
#include "catch.h"
#include "tests/tools/c3d_infer/command_fixture.h"

namespace c3d {
namespace {

TEST_CASE_METHOD(CommandFixture, "an HDF5 file is a recipe where all its features were made alike") {
  const std::string windows = kWeights + "--features fc6 --window 16 ";
  REQUIRE(run(windows + "--step 8 --features-out plain.npy v/a.mp4") == 0);
  REQUIRE(run(windows + "--step 8 --features-out f.h5 v/a.mp4 v/b.mp4") == 0);
  CHECK(run(kWeights + "--recipe f.h5 --features-out again.npy v/a.mp4") == 0);
  CHECK(read_text(folder / "again.npy") == read_text(folder / "plain.npy"));
  REQUIRE(run(windows + "--step 4 --features-out f.h5 v/b.mp4") == 0);
  CHECK(run(kWeights + "--recipe f.h5 --features-out x.npy v/a.mp4") == 1);
  CHECK_THAT(err(), Catch::Contains("'a' and 'b' were made in different ways"));
}

}  // namespace
}  // namespace c3d
