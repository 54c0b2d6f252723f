// What cuDNN makes of the convolutions that fp8 keeps in 8 bits, for GPUs that are only described. It compiles these
// kernels when they are asked for, and loads them through the driver's library: with the toolkit's stub of that (the
// folder of which LD_LIBRARY_PATH names) each is compiled for the GPU, and stops where it would be loaded.
#include <cstdlib>
#include <span>

#include "catch.h"
#include "tests/cuda/described_gpus.h"
#include "tests/support/message_of.h"

namespace c3d::cuda {
namespace {

std::string outcome(const CudnnTarget& target, const Layer& layer, std::int64_t batch, DType result) {
  ConvKey key = ConvKey::of(ConvDirection::forward, {}, {batch, layer.d, layer.h, layer.w, layer.channels},
                            {layer.filters, 3, 3, 3, layer.channels}, e4m3_format(result), Activation::relu);
  return message_of([&] { ConvPlan::build(target, key, default_rules(key.format, true)); });
}

// What the heuristics propose comes as far as that: Hopper's own engine, and one that widens to 16 bits.
void check_compiled(const std::string& said) {
  CHECK_THAT(said,
             Catch::Contains(" cannot be built (") && Catch::Contains("cuLibraryLoadData returned error"));
}

TEST_CASE("conv3b in 8 bits has engines with factors, bias and ReLU in them") {
  static const Gpus gpus;
  const std::string said = outcome(gpus.h200, kLayers[3], 64, DType::e4m3);
  CHECK_THAT(said, Catch::Contains("forward e4m3 relu 64x8x28x28x256"));
  check_compiled(said);
}

// Minutes: `ctest -C long` runs it.
TEST_CASE("every convolution that fp8 keeps in 8 bits has engines on both GPUs, at both batches", "[.long]") {
  const CudnnTarget& target = gpu();
  for (const Layer& layer : std::span(kLayers).subspan(2)) {
    for (const std::int64_t batch : {1, 64}) {
      INFO(layer.name << ", " << batch << " clips");
      check_compiled(outcome(target, layer, batch, DType::e4m3));
    }
    check_compiled(outcome(target, layer, 64, DType::bf16));
  }
  // fc7 as a convolution of one tap.
  ConvKey linear = ConvKey::of(ConvDirection::forward, {.kernel = {1, 1, 1}, .pad = {0, 0, 0}},
                               {64, 1, 1, 1, 4096}, {4096, 1, 1, 1, 4096}, e4m3_format(DType::bf16));
  check_compiled(message_of([&] { ConvPlan::build(target, linear, default_rules(linear.format, true)); }));
}

}  // namespace
}  // namespace c3d::cuda
