#include "kernels/cpu/convolution/choice/candidates.h"

#include <algorithm>
#include <tuple>

#include "kernels/cpu/convolution/problem/locality.h"

namespace c3d::cpu {
namespace {

std::int64_t count_tiles(const ConvolutionKey& key, const Extent3& outputs) {
  return key.clips * ceil_div(key.out.d, outputs.d) * ceil_div(key.out.h, outputs.h) *
         ceil_div(key.out.w, outputs.w);
}

bool has_window(const ConvolutionKey& key) { return key.window != kNoWindow; }

bool pools(const ConvolutionKey& key, const ConvolutionKernel& kernel) {
  if (key.pass != ConvolutionPass::backward_filter) return kernel.can_pool(key.window);
  return kernel.reads_pooled && (key.window == Extent3{1, 2, 2} || key.window == Extent3{2, 2, 2});
}

// Whether a gradient is summed without transforms by a kernel whose run() has some.
bool sums_taps(const ConvolutionKey& key, const ConvolutionKernel& kernel) {
  return key.pass == ConvolutionPass::backward_filter && kernel.gradient_is_direct;
}

// Measured on cores with AVX-512: transforming a channel's value at one point takes as long as 32
// multiply-adds, along depth alone as long as 10 and along width alone as long as 40, gathering one for a
// direct product as long as 4, fetching a packed filter's as long as 24, and an op that pools reads and
// writes as slowly as transforms. A product of sums of taps reads its input and takes as long as two; of a
// pooled gradient there are a quarter of them, which look up their input and take as long as four.
double work(const ConvolutionKey& key, const ConvolutionKernel& kernel, bool separate_pool) {
  const Extent3& outputs = kernel.outputs;
  const auto in = static_cast<double>(key.valid_channels), out = static_cast<double>(key.out_channels);
  const double pool = separate_pool ? 32 * out * static_cast<double>(key.clips * key.out.volume()) : 0;
  if (sums_taps(key, kernel)) {
    const auto products = static_cast<double>(key.clips * key.out.volume() * key.kernel.volume()) * in * out;
    return has_window(key) && !separate_pool ? products : 2 * products + pool;
  }
  const std::int64_t taps = (outputs.d == 1 ? key.kernel.d : 1) * (outputs.h == 1 ? key.kernel.h : 1) *
                            (outputs.w == 1 ? key.kernel.w : 1);
  const bool along_one = !kernel.is_direct && outputs.h == 1;
  const auto tiles = static_cast<double>(count_tiles(key, outputs));
  const auto terms = in * static_cast<double>(taps);
  const double products = (tiles + 24) * terms * out / kernel.multiply_speed;
  const double transforms = along_one ? tiles * (outputs.w > 1 ? 40 : 10) * (in + out)
                                      : tiles * ((kernel.is_direct ? 4 : 32) * terms + 32 * out);
  return static_cast<double>(kernel.points) * (products + transforms) + pool;
}

// Whether packed filters are as small as they must be: those of direct kernels are wherever they are not.
bool fits(const ConvolutionKey& key, const ConvolutionKernel& kernel) {
  return kernel.is_direct || key.within_bytes == 0 ||
         kernel.filter_bytes(filters_of(key)) <= key.within_bytes;
}

// Whether tiles' products lose less by multiplying every tap than transforms along depth lose in memory. Of
// more than 16 outputs, inputs gain by the transforms.
bool stays_in_cache(const ConvolutionKey& key) {
  if (key.pass == ConvolutionPass::backward_filter) return holds_gradient(key);
  return holds_convolution(key) && key.out_channels <= 16;
}

// Where a candidate stands: a small-channel input leaves no vector half empty and comes before all others,
// then what stays in a core's second cache. Any other direct convolution multiplies most: without faster
// products it is tried last.
std::tuple<bool, bool, bool, double> rank(const ConvolutionKey& key, const Candidate& candidate) {
  const bool direct = candidate.kernel->is_direct, has_tiles = candidate.kernel->multiply_speed > 1;
  return {!is_stem(candidate.implementation.algorithm), !(direct && has_tiles && stays_in_cache(key)),
          direct && !has_tiles, candidate.work};
}

// Tiles at a time: transformed inputs of some megabytes, which a last cache holds, for at least a few calls
// of the product kernel; or so few that a core's own cache holds them and their sums, which is best where
// these are of few output channels. Filters of more bytes than a last cache holds should be fetched once.
std::vector<Blocking> forward_blockings(const ConvolutionKey& key, const ConvolutionKernel& kernel,
                                        int threads) {
  constexpr std::int64_t kManyBytes = std::int64_t{32} << 20, kFewOutputs = 32;
  const std::int64_t bytes = kernel.points * std::max<std::int64_t>(key.valid_channels, 16) * 4;
  const std::int64_t at_once = key.out_channels <= kFewOutputs
                                   ? 14
                                   : std::clamp<std::int64_t>((std::int64_t{12} << 20) / bytes, 14, 42);
  const bool few = ceil_div(count_tiles(key, kernel.outputs), at_once) < threads;
  std::vector<Blocking> all{{at_once, few ? Division::output_channels : Division::private_tiles},
                            {at_once, few ? Division::private_tiles : Division::output_channels},
                            {28, Division::output_channels},
                            {14, Division::private_tiles}};
  if (kernel.is_direct) {
    all.push_back({168, Division::output_channels});  // of one output each
  } else {
    // In inference the sums that go to memory are fewer: memory is scarce there.
    const Blocking by_transform_points{key.inference ? 64 : 128, Division::transform_points};
    all.insert(bytes * key.out_channels > kManyBytes ? all.begin() : all.end(), by_transform_points);
  }
  return all;
}

// As few tiles at a time as let adding to the sums of all points pass unnoticed: these are 7 MB in conv2, 57
// MB in conv3b. Few sums (small-channel inputs, narrow networks) are each thread's own: with as many tiles as
// a core's own cache holds beside them, no transformed tile goes to memory.
std::vector<Blocking> gradient_blockings(const ConvolutionKey& key, const ConvolutionKernel& kernel) {
  constexpr std::int64_t kWhole = std::int64_t{128} << 20, kManySums = std::int64_t{16} << 20;
  constexpr std::int64_t kFewSums = std::int64_t{1} << 19, kOwnPanels = std::int64_t{1} << 20;
  const std::int64_t in = std::max<std::int64_t>(key.valid_channels, 16), out = key.out_channels;
  const std::int64_t tiles = count_tiles(key, kernel.outputs);
  // Direct: as many blocks as terms in each.
  if (kernel.is_direct) return {{512, Division::transform_points}, {256, Division::transform_points}};
  if (key.valid_channels <= kMaxStemChannels)
    return {{48, Division::private_tiles}, {96, Division::private_tiles}};
  std::vector<Blocking> all;
  if (kernel.points * in * out * 4 <= kFewSums && tiles > 256) {
    const std::int64_t bytes = kernel.points * (round_up(in, 32) + round_up(out, 16)) * 4;
    const std::int64_t own = std::clamp<std::int64_t>(kOwnPanels / bytes, 8, 48);
    all.push_back({own, Division::private_tiles});
    all.push_back({ceil_div(own, 2), Division::private_tiles});
  }
  if (tiles <= 256 && tiles * kernel.points * (in + out) * 4 <= kWhole) {
    all.push_back({tiles, Division::output_channels});
  }
  all.push_back({kernel.points * in * out * 4 > kManySums ? 128 : 64, Division::transform_points});
  all.push_back({all.back().tiles == 64 ? 128 : 64, Division::transform_points});
  return all;
}

}  // namespace

Extent3 window_of(const Pool3dGeometry& pool) {
  const Extent3 none{0, 0, 0};
  const bool plain = pool.kernel == pool.stride && pool.pad_before == none && pool.pad_after == none;
  return plain ? pool.kernel : kNoWindow;
}

ConvolutionJob prepared(ConvolutionPass pass, const ConvolutionJob& job, const ConvolutionKernel& kernel) {
  ConvolutionJob result = job;
  if (pass != ConvolutionPass::backward_data) return result;
  if (kernel.is_direct) {
    result.transposed = true;
  } else {
    result.pad = {2 - job.pad.d, 2 - job.pad.h, 2 - job.pad.w};
  }
  return result;
}

FilterJob filters_of(const ConvolutionKey& key) {
  const bool flipped = key.pass == ConvolutionPass::backward_data;
  return {.filters = flipped ? key.in_channels : key.out_channels,
          .channels = flipped ? key.out_channels : key.in_channels,
          .valid_channels = flipped ? key.out_channels : key.valid_channels,
          .kernel = key.kernel,
          .flipped = flipped};
}

Multiplications multiplications(const ConvolutionKey& key, const ConvolutionKernel& kernel) {
  const bool back = key.pass == ConvolutionPass::backward_data;
  // Of one channel with one other, along an axis: Winograd's tiles have outputs + taps - 1 points.
  const auto along = [&](std::int64_t Extent3::*axis) -> std::int64_t {
    const std::int64_t outputs = kernel.outputs.*axis, taps = key.kernel.*axis;
    const std::int64_t window = key.window.*axis, out = key.out.*axis / window * window;
    if (outputs > 1 && !sums_taps(key, kernel)) return ceil_div(out, outputs) * (outputs + taps - 1);
    return back ? inner_taps(out, key.in.*axis, taps, key.stride.*axis, key.pad.*axis)
                : inner_taps(key.in.*axis, out, taps, key.stride.*axis, key.pad.*axis);
  };
  const std::int64_t of_channels = along(&Extent3::d) * along(&Extent3::h) * along(&Extent3::w);
  const bool bf16 =
      key.pass == ConvolutionPass::backward_filter ? kernel.gradient_multiplies_bf16 : kernel.multiplies_bf16;
  const std::int64_t of_window =
      sums_taps(key, kernel) && pools(key, kernel) ? key.window.h * key.window.w : 1;
  return {static_cast<double>(key.clips * of_channels) *
              static_cast<double>(key.valid_channels * key.out_channels) / static_cast<double>(of_window),
          bf16 ? DType::bf16 : DType::f32};
}

std::vector<Candidate> candidates(const KernelSet& set, const ConvolutionKey& key) {
  const bool makes_gradient = key.pass == ConvolutionPass::backward_filter;
  std::vector<Candidate> all;
  for (const auto& [implementation, kernel] : implementations(set, key)) {
    const bool separate_pool = has_window(key) && !pools(key, *kernel);
    const bool stem = is_stem(implementation.algorithm);
    // Stem kernels come first because they pool.
    if (!fits(key, *kernel) || (separate_pool && stem && !makes_gradient)) continue;
    all.push_back({kernel, implementation, separate_pool, work(key, *kernel, separate_pool)});
  }
  std::stable_sort(all.begin(), all.end(),
                   [&](const Candidate& a, const Candidate& b) { return rank(key, a) < rank(key, b); });
  return all;
}

std::int64_t max_filter_bytes(const KernelSet& set, ConvolutionKey key) {
  key.within_bytes = 0;
  std::int64_t most = 0;
  for (const Candidate& candidate : candidates(set, key)) {
    most = std::max(most, candidate.kernel->filter_bytes(filters_of(key)));
  }
  return most;
}

std::vector<Blocking> blockings(const ConvolutionKey& key, const ConvolutionKernel& kernel, int threads) {
  if (!kernel.uses_blocking) return {Blocking{}};
  std::vector<Blocking> all = key.pass == ConvolutionPass::backward_filter
                                  ? gradient_blockings(key, kernel)
                                  : forward_blockings(key, kernel, threads);
  const Blocking first = all.front();
  all.erase(std::remove(all.begin() + 1, all.end(), first), all.end());
  return all;
}

}  // namespace c3d::cpu
