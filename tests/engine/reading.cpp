#include "engine/io/reading.h"

#include <new>
#include <stdexcept>

#include "catch.h"
#include "tests/support/message_of.h"

namespace c3d {
namespace {

template <typename Failure>
std::string error_of(const std::filesystem::path& path, const Failure& failure) {
  return message_of([&] { reading(path, "the mean", [&]() -> int { throw failure; }); });
}

TEST_CASE("an error of reading names the file once") {
  CHECK(error_of("/d/a", Error("/d/a: it is empty")) == "/d/a: it is empty");
  CHECK(error_of("/d/a", Error("it is empty")).find("while reading the mean /d/a") != std::string::npos);
}

TEST_CASE("a short name that other words hold is not taken for named") {
  CHECK(error_of("a", Error("it was cut")).find("while reading the mean a") != std::string::npos);
  CHECK(error_of("m.pth", Error("m.pth.old is there")).find("while reading the mean m.pth") !=
        std::string::npos);
  CHECK(error_of("m.pth", Error("'m.pth' was cut")) == "'m.pth' was cut");
}

TEST_CASE("what a library throws gets words of ours; no memory is nothing that the file says") {
  CHECK_THROWS_AS(reading("a", "", []() -> int { throw std::bad_alloc(); }), ReadError);
  CHECK(error_of("a", std::length_error("vector::_M_default_append")).find("_M_") == std::string::npos);
}

}  // namespace
}  // namespace c3d
