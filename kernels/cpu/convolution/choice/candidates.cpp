#include "kernels/cpu/convolution/choice/candidates.h"

#include <algorithm>

namespace c3d::cpu {
namespace {

bool is_direct(const ConvolutionKernel& kernel) { return kernel.points == 1; }

bool winograd_serves(const ConvolutionKey& key) {
  const Extent3 &pad = key.pad, three{3, 3, 3}, one{1, 1, 1};
  return key.kernel == three && key.stride == one && pad.d <= 2 && pad.h <= 2 && pad.w <= 2;
}

std::int64_t count_tiles(const ConvolutionKey& key, const Extent3& outputs) {
  return key.clips * ceil_div(key.out.d, outputs.d) * ceil_div(key.out.h, outputs.h) *
         ceil_div(key.out.w, outputs.w);
}

// Measured on cores with AVX-512: transforming a channel's value at one point takes as long as 32
// multiply-adds, along depth alone as long as 10, gathering one for a direct product as long as 4, fetching a
// packed filter's as long as 24, and an op that pools reads and writes as slowly as transforms.
double work(const ConvolutionKey& key, const ConvolutionKernel& kernel, bool separate_pool) {
  const Extent3& outputs = kernel.outputs;
  const std::int64_t plane_taps = outputs.h == 1 ? key.kernel.h * key.kernel.w : 1;
  const std::int64_t taps = plane_taps * (outputs.d == 1 ? key.kernel.d : 1);
  const bool direct = is_direct(kernel), along_depth = !direct && plane_taps > 1;
  const auto tiles = static_cast<double>(count_tiles(key, outputs));
  const auto in = static_cast<double>(key.used), out = static_cast<double>(key.out_channels);
  const auto terms = in * static_cast<double>(taps);
  const double products = (tiles + 24) * terms * out / kernel.multiply_speed;
  const double transforms =
      along_depth ? tiles * 10 * (in + out) : tiles * ((direct ? 4 : 32) * terms + 32 * out);
  const double pool = separate_pool ? 32 * out * static_cast<double>(key.clips * key.out.volume()) : 0;
  return static_cast<double>(kernel.points) * (products + transforms) + pool;
}

// Collects what serves one key.
class Collector {
 public:
  Collector(const KernelSet& set, const ConvolutionKey& key) : key_(key) {
    const bool winograd = !key.direct && winograd_serves(key);
    if (!key.bf16) {
      add_table(set.f32, "", winograd);
    } else if (set.bf16 == nullptr) {
      return;
    } else if (set.bf16 == set.bf16_in_f32) {
      add_table(*set.bf16, "", winograd);
    } else if (key.pass == ConvolutionPass::backward_filter) {
      add_table(*set.bf16_in_f32, "", winograd);
      // Its products are exact in f32: what is stored is bf16 already.
      if (direct(*set.bf16).gradient != direct(*set.bf16_in_f32).gradient) add(direct(*set.bf16), " bf16");
    } else if (key.bf16_products) {
      add_table(*set.bf16, " bf16", winograd);
      add_table(*set.bf16_in_f32, " f32", winograd);
    } else {
      add_table(*set.bf16_in_f32, " f32", winograd);
      add(direct(*set.bf16), " bf16");  // exact, as above
    }
  }

  std::vector<Candidate> sorted() {
    // A direct convolution multiplies most: without faster products it is tried last.
    const auto rank = [](const Candidate& c) {
      return std::pair(is_direct(*c.kernel) && c.kernel->multiply_speed <= 1, c.work);
    };
    std::stable_sort(found_.begin(), found_.end(),
                     [&](const Candidate& a, const Candidate& b) { return rank(a) < rank(b); });
    if (narrow_.kernel != nullptr) found_.insert(found_.begin(), narrow_);
    return found_;
  }

 private:
  static const ConvolutionKernel& direct(const TypeKernels& table) {
    return table.tiles[static_cast<std::size_t>(Tile::direct)];
  }

  Candidate candidate(const ConvolutionKernel& kernel, const char* products) const {
    const bool pools = key_.pass == ConvolutionPass::backward_filter || key_.window == Extent3{1, 1, 1} ||
                       kernel.can_pool(key_.window);
    return {&kernel, std::string(kernel.name) + products, !pools, work(key_, kernel, !pools)};
  }
  bool fits(const ConvolutionKernel& kernel) const {
    return key_.within_bytes == 0 || kernel.filter_bytes(filters_of(key_)) <= key_.within_bytes;
  }
  // Gradients of filters: where the key has a window, only kernels that read a pooled gradient.
  bool reads(const ConvolutionKernel& kernel) const {
    return key_.pass != ConvolutionPass::backward_filter || key_.window == Extent3{1, 1, 1} ||
           kernel.reads_pooled;
  }
  void add(const ConvolutionKernel& kernel, const char* products) {
    if (reads(kernel) && (is_direct(kernel) || fits(kernel))) found_.push_back(candidate(kernel, products));
  }
  void add_table(const TypeKernels& table, const char* products, bool winograd) {
    const bool is_narrow = key_.used <= kNarrow && key_.pass != ConvolutionPass::backward_data;
    if (winograd && is_narrow && fits(table.narrow) && reads(table.narrow)) {
      const Candidate narrow = candidate(table.narrow, "");  // the same in every table
      if (!narrow.separate_pool) narrow_ = narrow;
    }
    for (const ConvolutionKernel& kernel : table.tiles) {
      if (kernel.name != nullptr && (winograd || is_direct(kernel))) add(kernel, products);
    }
  }

  const ConvolutionKey& key_;
  std::vector<Candidate> found_;
  Candidate narrow_;  // leaves no vector half empty: before all others
};

// Tiles at a time: transformed inputs of some megabytes, which a last cache holds, for at least a few calls
// of the product kernel; or so few that a core's own cache holds them and their sums. Filters of more bytes
// than a last cache holds should be fetched once.
std::vector<Blocking> forward_blockings(const ConvolutionKey& key, const ConvolutionKernel& kernel,
                                        int threads) {
  constexpr std::int64_t kManyBytes = std::int64_t{32} << 20;
  const std::int64_t bytes = kernel.points * std::max<std::int64_t>(key.used, 16) * 4;
  const std::int64_t at_once = std::clamp<std::int64_t>((std::int64_t{12} << 20) / bytes, 14, 42);
  const bool few = ceil_div(count_tiles(key, kernel.outputs), at_once) < threads;
  std::vector<Blocking> all{{at_once, few ? Division::channels : Division::apart},
                            {at_once, few ? Division::apart : Division::channels},
                            {28, Division::channels},
                            {14, Division::apart}};
  if (is_direct(kernel)) {
    all.push_back({168, Division::channels});  // of one output each
  } else {
    // In inference the sums that go to memory are fewer: memory is scarce there.
    const Blocking by_points{key.inference ? 64 : 128, Division::points};
    all.insert(bytes * key.out_channels > kManyBytes ? all.begin() : all.end(), by_points);
  }
  return all;
}

// As few tiles at a time as let adding to the sums of all points pass unnoticed: these are 7 MB in conv2, 57
// MB in conv3b. Few sums (narrow inputs) are each thread's own.
std::vector<Blocking> gradient_blockings(const ConvolutionKey& key, const ConvolutionKernel& kernel) {
  constexpr std::int64_t kWhole = std::int64_t{128} << 20, kManySums = std::int64_t{16} << 20;
  const std::int64_t in = std::max<std::int64_t>(key.used, 16), out = key.out_channels;
  const std::int64_t tiles = count_tiles(key, kernel.outputs);
  // Direct: as many blocks as terms in each.
  if (is_direct(kernel)) return {{512, Division::points}, {256, Division::points}};
  if (key.used <= kNarrow) return {{48, Division::apart}, {96, Division::apart}};
  std::vector<Blocking> all;
  if (tiles <= 256 && tiles * kernel.points * (in + out) * 4 <= kWhole) {
    all.push_back({tiles, Division::channels});
  }
  all.push_back({kernel.points * in * out * 4 > kManySums ? 128 : 64, Division::points});
  all.push_back({all.back().tiles == 64 ? 128 : 64, Division::points});
  return all;
}

}  // namespace

ConvolutionJob prepared(ConvolutionPass pass, const ConvolutionJob& job, const ConvolutionKernel& kernel) {
  ConvolutionJob result = job;
  if (pass != ConvolutionPass::backward_data) return result;
  if (is_direct(kernel)) {
    result.transposed = true;
  } else {
    result.pad = {2 - job.pad.d, 2 - job.pad.h, 2 - job.pad.w};
  }
  return result;
}

FilterJob filters_of(const ConvolutionKey& key) {
  const bool mirrored = key.pass == ConvolutionPass::backward_data;
  return {.filters = mirrored ? key.in_channels : key.out_channels,
          .channels = mirrored ? key.out_channels : key.in_channels,
          .used = mirrored ? key.out_channels : key.used,
          .kernel = key.kernel,
          .mirrored = mirrored};
}

std::vector<Candidate> candidates(const KernelSet& set, const ConvolutionKey& key) {
  return Collector(set, key).sorted();
}

std::int64_t most_filter_bytes(const KernelSet& set, ConvolutionKey key) {
  key.within_bytes = 0;
  std::int64_t most = 0;
  for (const Candidate& candidate : candidates(set, key)) {
    most = std::max(most, candidate.kernel->filter_bytes(filters_of(key)));
  }
  return most;
}

std::vector<Blocking> blockings(const ConvolutionKey& key, const ConvolutionKernel& kernel, int threads) {
  if (!kernel.heeds_blocking) return {Blocking{}};
  std::vector<Blocking> all = key.pass == ConvolutionPass::backward_filter
                                  ? gradient_blockings(key, kernel)
                                  : forward_blockings(key, kernel, threads);
  const Blocking first = all.front();
  all.erase(std::remove(all.begin() + 1, all.end(), first), all.end());
  return all;
}

}  // namespace c3d::cpu
