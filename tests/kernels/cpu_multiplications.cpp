// What the CPU's kernels multiply, and how fast registers alone can.
#include <algorithm>
#include <string_view>

#include "catch.h"
#include "kernels/cpu/convolution/choice/candidates.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/isa/kernel_sets.h"
#include "kernels/cpu/isa/multiply_add_rate.h"
#include "tests/support/array.h"
#include "tests/support/skip.h"

namespace c3d {
namespace {

using cpu::Algorithm;
using cpu::ConvolutionKey;
using cpu::ConvolutionPass;

// 4 x 6 x 8 outputs, 5 channels to 7, two clips.
ConvolutionKey small_key() {
  ConvolutionKey key;
  key.clips = 2;
  key.in = key.out = {4, 6, 8};
  key.in_channels = key.valid_channels = 5;
  key.out_channels = 7;
  key.kernel = {3, 3, 3};
  return key;
}

double count(const ConvolutionKey& key, Algorithm algorithm) {
  return multiplications(key, cpu::kernel_set("portable").f32.convolution(algorithm)).count;
}

}  // namespace

TEST_CASE("a direct convolution multiplies what is not padding") {
  const ConvolutionKey key = small_key();
  CHECK(count(key, Algorithm::direct) == 2 * 5 * 7 * (3 * 4 - 2) * (3 * 6 - 2) * (3 * 8 - 2));
  ConvolutionKey back = key;
  back.pass = ConvolutionPass::backward_data;
  CHECK(count(back, Algorithm::direct) == count(key, Algorithm::direct));
  ConvolutionKey strided = key;
  strided.stride = {2, 2, 2};
  strided.out = {2, 3, 4};
  CHECK(count(strided, Algorithm::direct) == 2 * 5 * 7 * (3 * 2 - 1) * (3 * 3 - 1) * (3 * 4 - 1));
  std::swap(strided.in, strided.out);
  strided.pass = ConvolutionPass::backward_data;
  CHECK(count(strided, Algorithm::direct) == 2 * 5 * 7 * (3 * 2 - 1) * (3 * 3 - 1) * (3 * 4 - 1));
}

TEST_CASE("Winograd's convolutions multiply the points of their tiles") {
  ConvolutionKey key = small_key();
  CHECK(count(key, Algorithm::winograd_4x4x4) == 2 * 5 * 7 * (1 * 6) * (2 * 6) * (2 * 6));
  CHECK(count(key, Algorithm::winograd_2x2x2) == 2 * 5 * 7 * (2 * 4) * (3 * 4) * (4 * 4));
  CHECK(count(key, Algorithm::winograd_1x4x4) == 2 * 5 * 7 * (3 * 4 - 2) * (2 * 6) * (2 * 6));
  key.window = {2, 4, 4};  // rows 4 and 5 are in no window
  CHECK(count(key, Algorithm::winograd_4x4x4) == 2 * 5 * 7 * (1 * 6) * (1 * 6) * (2 * 6));
}

TEST_CASE(
    "a small-channel input's filters are summed as the definition does, of a pooled gradient a quarter") {
  ConvolutionKey key = small_key();
  key.valid_channels = 3;
  const double direct = 2 * 3 * 7 * (3 * 4 - 2) * (3 * 6 - 2) * (3 * 8 - 2);
  CHECK(count(key, Algorithm::stem_1x1x4) == 2 * 3 * 7 * (3 * 4 - 2) * (3 * 6 - 2) * (2 * 6));
  key.pass = ConvolutionPass::backward_filter;
  CHECK(count(key, Algorithm::stem_1x1x4) == direct);
  key.window = {1, 2, 2};
  CHECK(count(key, Algorithm::stem_1x1x4) == direct / 4);
}

TEST_CASE("AMX's stem multiplies as a direct convolution does, for it transforms nothing") {
  const auto sets = cpu::usable_kernel_sets();
  const auto amx = std::ranges::find(sets, std::string_view("amx"), &cpu::KernelSet::name);
  if (amx == sets.end()) return skip("this processor has no AMX");
  ConvolutionKey key = small_key();
  key.valid_channels = 3;
  for (const ConvolutionPass pass : {ConvolutionPass::forward, ConvolutionPass::backward_filter}) {
    key.pass = pass;
    const Multiplications stem = multiplications(key, (*amx)->bf16->convolution(Algorithm::stem_1x4x4));
    CHECK(stem.count == multiplications(key, (*amx)->bf16->convolution(Algorithm::direct)).count);
    CHECK(stem.type == DType::bf16);
  }
}

TEST_CASE("the cpu says what its last convolution multiplied") {
  const auto backend = make_cpu_backend({.threads = 2, .direct_convolution = true});
  CHECK(backend->last_multiplications().count == 0);
  const Floats x = random_array({2, 4, 6, 8, 5}, 1), filter = random_array({7, 3, 3, 3, 5}, 2);
  const Floats bias({7});
  Floats y({2, 4, 6, 8, 7});
  backend->conv3d_forward({}, Activation::none, x, filter, bias, y);
  CHECK(backend->last_multiplications().count == count(small_key(), Algorithm::direct));
  CHECK(backend->last_multiplications().type == DType::f32);
}

TEST_CASE("registers alone multiply and add in every set of instructions") {
  for (const cpu::KernelSet* set : cpu::usable_kernel_sets()) {
    INFO(set->name);
    for (const cpu::TypeKernels* kernels : {&set->f32, set->bf16, set->bf16_in_f32}) {
      if (kernels == nullptr) continue;
      float once = 0, twice = 0;
      const double count = kernels->multiply_adds(16, &once);
      CHECK(count > 0);
      CHECK(kernels->multiply_adds(32, &twice) == 2 * count);
      CHECK(once > 0);
      CHECK(cpu::multiply_add_rate(*kernels, 2) > 0);
    }
  }
  const auto backend = make_cpu_backend({.threads = 2});
  CHECK(backend->measure_multiply_adds(DType::f32) > 0);
  CHECK(backend->measure_multiply_adds(DType::u8) == 0);
}

}  // namespace c3d
