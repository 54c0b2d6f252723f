#include "tools/c3d_bench/random_values.h"

#include <algorithm>
#include <vector>

#include "engine/core/float8.h"
#include "engine/core/philox.h"

namespace c3d {

void fill_with_random(Backend& backend, const Tensor& tensor) {
  // A GPU's batch has thousands of millions of values: after these they repeat.
  constexpr std::int64_t kDistinctValues = std::int64_t{1} << 20;
  const DType type = tensor.type();
  const std::size_t bytes = tensor.bytes();
  std::vector<std::byte> host(bytes);
  const Tensor values(host.data(), tensor.shape(), type);
  const std::int64_t distinct = std::min(tensor.count(), kDistinctValues);
  for (std::int64_t i = 0; i < distinct; ++i) {
    const float x = uniform_float(philox(1, static_cast<std::uint64_t>(i), 0).word[0]) - 0.5f;
    if (type == DType::f32) values.as<float>()[i] = x;
    if (type == DType::bf16) values.as<BFloat16>()[i] = to_bfloat16(x);
    if (type == DType::e4m3) values.as<Float8E4M3>()[i] = to_e4m3(x);
  }
  const std::size_t block = static_cast<std::size_t>(distinct) * size_of(type);
  for (std::size_t first = block; first < bytes; first += block) {
    std::copy_n(host.data(), std::min(block, bytes - first), host.data() + first);
  }
  backend.copy(values, tensor);
  backend.synchronize();
}

}  // namespace c3d
