#include "kernels/cpu/convolution/choice/implementation_list.h"

namespace c3d::cpu {
namespace {

using Key = ConvolutionKey;

bool any(const Key& /*key*/) { return true; }
bool winograd(const Key& key) {
  const Extent3 &pad = key.pad, three{3, 3, 3}, one{1, 1, 1};
  return !key.direct && key.kernel == three && key.stride == one && pad.d <= 2 && pad.h <= 2 && pad.w <= 2;
}
bool stem(const Key& key) {
  return winograd(key) && key.valid_channels <= kMaxStemChannels &&
         key.pass != ConvolutionPass::backward_data;
}

bool f32(const KernelSet& /*set*/, const Key& key) { return key.format.storage == DType::f32; }
bool one_bf16(const KernelSet& set, const Key& key) { return !f32(set, key) && set.bf16 == set.bf16_in_f32; }
bool two_bf16(const KernelSet& set, const Key& key) { return !f32(set, key) && set.bf16 != set.bf16_in_f32; }
bool gradient(const KernelSet& set, const Key& key) {
  return two_bf16(set, key) && key.pass == ConvolutionPass::backward_filter;
}
bool rounding(const KernelSet& set, const Key& key) {
  return two_bf16(set, key) && !gradient(set, key) && key.format.product == ProductType::bf16;
}
bool exact(const KernelSet& set, const Key& key) {
  return two_bf16(set, key) && !gradient(set, key) && key.format.product == ProductType::f32;
}

const TypeKernels* f32_table(const KernelSet& set) { return &set.f32; }
const TypeKernels* bf16_table(const KernelSet& set) { return set.bf16; }
const TypeKernels* in_f32_table(const KernelSet& set) { return set.bf16_in_f32; }

// The list. For a key, the tables whose first column holds are gone through in this order ...
struct TableRow {
  bool (*serves)(const KernelSet& set, const Key& key);
  const TypeKernels* (*table)(const KernelSet& set);
  Products products;
  bool direct_only;
};
constexpr TableRow kTables[] = {
    {f32, f32_table, Products::only_form, false},
    {one_bf16, bf16_table, Products::only_form, false},    // AMX
    {gradient, in_f32_table, Products::only_form, false},  // filters' gradients multiply floats
    {rounding, bf16_table, Products::bf16, false},
    {rounding, in_f32_table, Products::f32, false},
    {exact, in_f32_table, Products::f32, false},
    {exact, bf16_table, Products::bf16, true},  // exact without transforms: what is stored is bf16 already
};

// ... and of each table these kernels, as far as the set has them. A new kernel is a member
// of Algorithm, a place in isa/kernel_table.h (a row without one is passed over) and a row here.
struct AlgorithmRow {
  Algorithm algorithm;
  bool (*serves)(const Key& key);
};
constexpr AlgorithmRow kList[] = {
    {Algorithm::stem_1x4x4, stem},
    {Algorithm::stem_1x1x4, stem},
    {Algorithm::direct, any},
    {Algorithm::winograd_1x4x4, winograd},
    {Algorithm::winograd_2x2x2, winograd},
    {Algorithm::winograd_2x4x4, winograd},
    {Algorithm::winograd_4x4x4, winograd},
    {Algorithm::winograd_2x1x1, winograd},
    {Algorithm::winograd_4x1x1, winograd},
};

}  // namespace

std::vector<ListedImplementation> implementations(const KernelSet& set, const ConvolutionKey& key) {
  std::vector<ListedImplementation> found;
  for (const TableRow& row : kTables) {
    const TypeKernels* const table = row.serves(set, key) ? row.table(set) : nullptr;
    if (table == nullptr) continue;
    for (const AlgorithmRow& listed : kList) {
      const ConvolutionKernel& kernel = table->convolution(listed.algorithm);
      if (!kernel.exists() || !listed.serves(key)) continue;
      if (row.direct_only && !kernel.is_direct) continue;
      // Beside a table of floats, a small-channel input is multiplied as floats in both: it counts once.
      const bool stem = is_stem(listed.algorithm);
      if (stem && row.products == Products::bf16) continue;
      found.push_back({{listed.algorithm, stem ? Products::only_form : row.products}, &kernel});
    }
  }
  return found;
}

}  // namespace c3d::cpu
