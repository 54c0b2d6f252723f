#include "kernels/cuda/self_check.h"

#include "catch.h"
#include "kernels/make_backend.h"

namespace c3d {
namespace {

// The definition of every op must pass; were the self-check's own loops wrong, no backend would.
TEST_CASE("the self-check accepts the reference backend") {
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    const auto backend = make_backend({.device = "reference", .precision = precision});
    CHECK_NOTHROW(cuda::self_check(*backend));
  }
}

}  // namespace
}  // namespace c3d
