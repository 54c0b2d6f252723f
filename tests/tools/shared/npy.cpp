#include <cstring>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"
#include "tools/shared/npy.h"

namespace c3d {
namespace {

TEST_CASE("a_npy_file_is_a_padded_header_and_the_values") {
  const ScratchFolder folder;
  const std::vector<float> values{1, 2.5f, -3, 4, 5, 6};
  write_npy(folder / "a.npy", 2, 3, values);
  const std::string bytes = read_text(folder / "a.npy");
  REQUIRE(bytes.size() > 10);
  CHECK(bytes.substr(0, 8) == std::string("\x93NUMPY\x01\x00", 8));
  const std::size_t header =
      static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
  CHECK((10 + header) % 64 == 0);
  REQUIRE(bytes.size() == 10 + header + 6 * sizeof(float));
  const std::string text = bytes.substr(10, header);
  CHECK(text.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"));
  CHECK(text.back() == '\n');
  CHECK(std::memcmp(bytes.data() + 10 + header, values.data(), 6 * sizeof(float)) == 0);
}

TEST_CASE("write_npy_refuses_values_that_do_not_fill_the_table") {
  const ScratchFolder folder;
  const std::vector<float> values(5);
  CHECK_THROWS_AS(write_npy(folder / "a.npy", 2, 3, values), Error);
  CHECK(!std::filesystem::exists(folder / "a.npy"));
}

}  // namespace
}  // namespace c3d
