#include "weights/npy_header.h"

#include "catch.h"

namespace c3d {
namespace {

TEST_CASE("the header of a npy table says its shape and is padded") {
  const std::string bytes = npy_header({2, 3});
  REQUIRE(bytes.size() > 10);
  CHECK(bytes.starts_with(std::string("\x93NUMPY\x01\x00", 8)));
  const std::size_t length =
      static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
  CHECK(bytes.size() == 10 + length);
  CHECK(bytes.size() % 64 == 0);
  CHECK(bytes.substr(10).starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"));
  CHECK(bytes.back() == '\n');
}

}  // namespace
}  // namespace c3d
