// NCCL on a real GPU, as far as one process goes. tests/engine/distributed/nccl.cpp has what needs none.
#include <string>
#include <vector>

#include "catch.h"
#include "engine/distributed/communicator.h"
#include "engine/distributed/nccl/gpu_sums.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/make_backend.h"
#include "tests/support/skip.h"

namespace c3d {
namespace {

TEST_CASE("a world of one sums by NCCL inside a recorded step") {
  std::string why;
  if (cuda_device_count(&why) == 0) return skip(why.c_str());
  const auto backend = make_backend({.device = "cuda"});
  SingleProcess alone;
  backend->reduce_by(std::make_unique<GpuSums>(nccl(), alone, 0));
  constexpr std::int64_t kCount = 100'000;
  const Buffer value_memory = backend->allocate(kCount * sizeof(float), MemoryKind::device);
  const Buffer one_memory = backend->allocate(kCount * sizeof(float), MemoryKind::device);
  const Tensor values = value_memory.tensor({kCount}, DType::f32),
               ones = one_memory.tensor({kCount}, DType::f32);
  std::vector<float> host(kCount, 1.0F);
  backend->copy(host_tensor(host.data(), {kCount}), ones);
  backend->zero(values);
  // Plain, recorded, and launched twice.
  for (int turn = 0; turn < 4; ++turn) {
    backend->replay(1, [&] {
      backend->accumulate(ones, values);
      backend->all_reduce(values, 1);
      backend->join_all_reduces();
      backend->accumulate(ones, values);
    });
  }
  backend->copy(values, host_tensor(host.data(), {kCount}));
  CHECK(host == std::vector<float>(kCount, 8.0F));
}

}  // namespace
}  // namespace c3d
