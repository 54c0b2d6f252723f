#include "kernels/cuda/capability.h"

#include "catch.h"

namespace c3d::cuda {
namespace {

bool fits(Capability gpu, std::string_view architectures) {
  return capability_obstacle("a GPU", gpu, architectures).empty();
}

TEST_CASE("a build's machine code fits GPUs of its major capability from its minor one on") {
  CHECK(fits({9, 0}, "90"));
  CHECK(fits({8, 6}, "80"));
  CHECK(fits({8, 9}, "80,86-real"));
  CHECK(fits({9, 0}, "80,90"));
  CHECK(fits({9, 0}, "90a"));
  CHECK(fits({12, 0}, "90,120"));
  CHECK_FALSE(fits({8, 0}, "86"));
  CHECK_FALSE(fits({8, 0}, "90"));
  CHECK_FALSE(fits({10, 0}, "90"));  // only by its PTX, in tens of seconds
  CHECK_FALSE(fits({9, 0}, "90-virtual"));
  CHECK_FALSE(fits({10, 3}, "100a-real"));
}

TEST_CASE("words for which no number stands refuse no GPU") {
  for (const char* word : {"native", "all", "all-major"}) CHECK(fits({10, 0}, word));
}

TEST_CASE("a GPU that the build has no code for is refused with the option that adds it") {
  CHECK(capability_obstacle("GPU 1 (NVIDIA B200)", {10, 0}, "80,90") ==
        "GPU 1 (NVIDIA B200) has compute capability 10.0, and this build has code for '80,90' alone: build "
        "with "
        "-DC3D_CUDA_ARCHITECTURES=100");
}

TEST_CASE("products of 8 bits begin with capability 8.9") {
  CHECK(multiplies_e4m3({8, 9}));
  CHECK(multiplies_e4m3({9, 0}));
  CHECK(multiplies_e4m3({12, 0}));
  CHECK_FALSE(multiplies_e4m3({8, 6}));
  CHECK_FALSE(multiplies_e4m3({7, 9}));
}

}  // namespace
}  // namespace c3d::cuda
