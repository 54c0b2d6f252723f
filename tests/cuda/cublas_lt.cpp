#include "kernels/cuda/cublas_lt.h"

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/message_of.h"

namespace c3d::cuda {
namespace {

using Catch::Contains;

TEST_CASE("cuBLAS is found when it is wanted, also without a GPU") {
  CHECK(cublas_lt().status_string(CUBLAS_STATUS_SUCCESS) == std::string("success"));
  MatmulPreference preference;
  cublasLtMatmulPreference_t raw = nullptr;
  REQUIRE(cublas_lt().create_preference(&raw) == CUBLAS_STATUS_SUCCESS);
  preference.reset(raw);
}

TEST_CASE("cuBLAS is opened where it lay at the build if its name is not found") {
  CHECK(open_cublas_lt({"libc3d_absent.so.1", C3D_CUBLASLT_FILE}).matmul == cublas_lt().matmul);
}

TEST_CASE("a missing cuBLAS, and a library that is none, are one error") {
  CHECK_THAT(message_of([] {
               open_cublas_lt({"libc3d_absent.so.1", "/c3d/absent.so"});
             }),
             Contains("libc3d_absent.so.1") && Contains("/c3d/absent.so") && Contains("LD_LIBRARY_PATH"));
  CHECK_THAT(message_of([] { open_cublas_lt({"libm.so.6"}); }), Contains("cuBLAS lacks cublasLtCreate"));
}

}  // namespace
}  // namespace c3d::cuda
