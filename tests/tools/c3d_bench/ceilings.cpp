// The shares of what a machine can do at most.
#include "tools/c3d_bench/ceilings.h"

#include "catch.h"
#include "kernels/reference/reference_backend.h"
#include "tools/c3d_bench/probes.h"

namespace c3d {
namespace {

OpTime op(double seconds, double bytes, const Multiplications& multiplied = {}) {
  OpTime time{.op = "conv3d", .layer = "conv2", .direction = "forward", .seconds = seconds, .bytes = bytes};
  time.multiplied = multiplied;
  return time;
}

}  // namespace

TEST_CASE("a share of the peak is that of the limit that binds") {
  Ceilings ceilings;
  ceilings.see_multiply_adds(DType::f32, 100, "registers");
  ceilings.see_multiply_adds(DType::bf16, 1000, "registers");
  ceilings.see_traffic(1000, 50);
  std::vector<OpTime> ops{op(2, 10, {100, DType::f32}), op(2, 10, {100, DType::bf16}),
                          op(40, 1000, {100, DType::f32}), op(4, 100)};
  judge(ops, ceilings);
  CHECK(ops[0].share_of_peak == Approx(0.5));  // 1 s of multiplications, 0.2 s of bytes
  CHECK(ops[1].share_of_peak == Approx(0.1));  // 0.1 s and 0.2 s
  CHECK(ops[2].share_of_peak == Approx(0.5));  // 1 s and 20 s
  CHECK(ops[3].share_of_peak == Approx(0.5));  // 2 s of bytes alone
}

TEST_CASE("bytes are held against the caches that they fit into") {
  Ceilings ceilings;
  ceilings.see_traffic(1000, 10);
  ceilings.see_traffic(100, 40);
  ceilings.see_traffic(100, 30);  // a slower run of the same
  std::vector<OpTime> ops{op(100, 90), op(100, 100), op(100, 999), op(200, 1000)};
  judge(ops, ceilings);
  CHECK(ceilings.traffic().size() == 2);
  CHECK(ops[0].share_of_peak == Approx(90.0 / 40 / 100));
  CHECK(ops[1].share_of_peak == Approx(100.0 / 40 / 100));
  CHECK(ops[2].share_of_peak == Approx(999.0 / 40 / 100));
  CHECK(ops[3].share_of_peak == Approx(0.5));
}

TEST_CASE("an op that is faster than every loop raises the ceiling, its own share is 1") {
  Ceilings ceilings;
  ceilings.see_multiply_adds(DType::f32, 100, "registers");
  ceilings.see_traffic(1000, 10);
  std::vector<OpTime> ops{op(1, 10, {50, DType::f32}), op(1, 10, {200, DType::f32}), op(1, 5000)};
  judge(ops, ceilings);
  CHECK(ops[0].share_of_peak == Approx(0.25));
  CHECK(ops[1].share_of_peak == 1);
  CHECK(ops[2].share_of_peak == 1);
  CHECK(ceilings.multiply_adds(DType::f32).seen_in == "conv3d conv2 forward");
}

TEST_CASE("a backend without a loop of registers is held against a product of matrices") {
  const auto backend = make_reference_backend(Precision::f32);
  const Stopwatch stopwatch(*backend, 1);
  Ceilings ceilings;
  Probes probes(*backend, stopwatch, ceilings);
  probes.registers();
  CHECK(ceilings.multiply_adds(DType::f32).multiply_adds_per_second == 0);
  probes.products();
  CHECK(ceilings.multiply_adds(DType::f32).multiply_adds_per_second > 0);
  CHECK_THAT(ceilings.multiply_adds(DType::f32).seen_in, Catch::StartsWith("a product of 512 x 512"));
}

}  // namespace c3d
