#include "model/preprocessing.h"

#include "c3d/common/mean_file.h"
#include "catch.h"
#include "engine/core/error.h"
#include "model/mean_cube.h"
#include "model/model_file.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/skip.h"

namespace c3d {
namespace {

void write_floats(const std::filesystem::path& path, const std::string& shape, std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
  const std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }\n";
  std::string bytes("\x93NUMPY\1\0", 8);
  bytes += {static_cast<char>(text.size()), '\0'};
  bytes += text + std::string(reinterpret_cast<const char*>(values.data()), 4 * count);
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST_CASE("profiles are found by name and keep their values") {
  for (const std::string& name : profile_names()) {
    const Preprocessing p = profile_preprocessing(parse_profile(name));
    CHECK(to_string(p.profile) == name);
    CHECK_NOTHROW(check_preprocessing(p, 16, 112));
  }
  CHECK_THROWS_WITH(parse_profile("pvrr"), Catch::Contains("did you mean pvr?"));
  Preprocessing changed = profile_preprocessing(Profile::pvr);
  changed.mean[0] = 91;
  CHECK_THROWS_WITH(check_preprocessing(changed, 16, 112), Catch::Contains("choose custom"));
}

TEST_CASE("a crop that leaves the frame is refused") {
  Preprocessing p;
  p.crop_top = 17;
  CHECK_THROWS_WITH(check_preprocessing(p, 16, 112), Catch::Contains("row 17"));
  p = profile_preprocessing(Profile::mmaction2);
  CHECK_THROWS_AS(check_preprocessing(p, 16, 129), Error);
}

TEST_CASE("a mean cube is read turned to our order and back") {
  if (!C3D_WITH_WEIGHTS) return skip("this build reads no files of means");
  const ScratchFolder folder;
  write_floats(folder / "mean.npy", "(1, 3, 2, 4, 5)", 120);
  Preprocessing p;
  p.resize_width = 5;
  p.resize_height = 4;
  set_mean(p, folder / "mean.npy", 2);
  REQUIRE(p.mean_cube != nullptr);
  CHECK(p.mean_cube->at(0) == 0);
  CHECK(p.mean_cube->at(1) == 40);                // the second channel of the first pixel
  CHECK(p.mean_cube->at(3 * 27 + 2) == 80 + 27);  // frame 1, row 1, column 2
  CHECK_NOTHROW(check_preprocessing(p, 2, 4));
  std::vector<float> back(120);
  cube_to_file_order(*p.mean_cube, host_tensor(back.data(), {3, 2, 4, 5}));
  CHECK(back[77] == 77);
  CHECK_THROWS_WITH(set_mean(p, folder / "mean.npy", 3),
                    Catch::Contains("[3, 2, 4, 5]") && Catch::Contains("[3, 3, 4, 5]"));
  p.resize = ResizeRule::short_side;
  CHECK_THROWS_WITH(set_mean(p, folder / "mean.npy", 2),
                    Catch::Contains("resize short_side keeps each video's shape"));
  Preprocessing pvr = profile_preprocessing(Profile::pvr);
  CHECK_THROWS_WITH(set_mean(pvr, folder / "mean.npy", 2), Catch::Contains("its own mean"));
}

TEST_CASE("a mean of four numbers or of what is none is refused by name") {
  if (!C3D_WITH_WEIGHTS) return skip("this build reads no files of means");
  const ScratchFolder folder;
  write_floats(folder / "four.npy", "(4,)", 4);
  Preprocessing p;
  CHECK_THROWS_WITH(set_mean(p, folder / "four.npy", 16),
                    Catch::Contains("[4] is not the shape of a mean") && Catch::Contains("four.npy"));
  write_floats(folder / "nan.npy", "(3,)", 3);
  std::string bytes = read_text(folder / "nan.npy");
  bytes.replace(bytes.size() - 4, 4, "\xff\xff\xff\x7f");
  folder.write("nan.npy", bytes);
  CHECK_THROWS_WITH(set_mean(p, folder / "nan.npy", 16),
                    Catch::Contains("nan.npy: a mean of nan; it is -1000000000 to"));
}

TEST_CASE("three numbers take the place of the mean") {
  if (!C3D_WITH_WEIGHTS) return skip("this build reads no files of means");
  const ScratchFolder folder;
  write_floats(folder / "mean.npy", "(3,)", 3);
  Preprocessing p = profile_preprocessing(Profile::caffe_sports1m);
  set_mean(p, folder / "mean.npy", 16);
  CHECK(p.mean == std::array<float, 3>{0, 1, 2});
  CHECK_NOTHROW(check_preprocessing(p, 16, 112));
}

}  // namespace
}  // namespace c3d
