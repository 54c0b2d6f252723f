#include "kernels/cuda/self_check.h"

#include "catch.h"
#include "kernels/make_backend.h"
#include "tests/support/message_of.h"

namespace c3d {
namespace {

// Two implementations of every op that share nothing: were the check's inputs such that rounding tells them apart, no
// GPU would pass either.
TEST_CASE("the self-check accepts the CPU backend beside the reference") {
  for (const Precision precision : {Precision::f32, Precision::fp8}) {
    const auto definition = make_backend({.device = "reference", .precision = precision});
    const auto backend = make_backend({.device = "cpu", .precision = precision, .plan = "fixed"});
    CHECK_NOTHROW(cuda::self_check(*backend, *definition));
  }
}

TEST_CASE("the self-check refuses a backend by the one output that it computes wrongly") {
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::fp8}) {
    const auto backend = make_backend({.device = "reference", .precision = precision});
    const std::vector<cuda::CheckedOutput> wanted = cuda::checked_outputs(*backend);
    CHECK(wanted.size() > (precision == Precision::fp8 ? 9 : 25));
    CHECK_NOTHROW(cuda::compare_outputs(*backend, wanted, wanted));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      INFO(wanted[i].name);
      std::vector<cuda::CheckedOutput> got = wanted;
      std::vector<float>& values = got[i].values;
      values[values.size() / 2] += 100;
      const std::string message = message_of([&] { cuda::compare_outputs(*backend, got, wanted); });
      CHECK(message.find(wanted[i].name + " differs by") != std::string::npos);
      values.assign(values.size(), 0.0f);
      CHECK_THROWS_AS(cuda::compare_outputs(*backend, got, wanted), Error);
    }
  }
}

}  // namespace
}  // namespace c3d
