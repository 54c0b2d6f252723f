#include "kernels/cpu/convolutions.h"

#include <algorithm>

namespace c3d::cpu {
namespace {

Extent3 extent_of(const Shape& shape) { return {shape[1], shape[2], shape[3]}; }

std::int64_t used_channels(const Conv3dGeometry& geometry, std::int64_t channels) {
  return geometry.used_input_channels == 0 ? channels : geometry.used_input_channels;
}

ConvolutionJob forward_job(const Conv3dGeometry& geometry, const Shape& x, const Shape& filter) {
  ConvolutionJob job;
  job.clips = x[0];
  job.in = extent_of(x);
  job.out = output_extent(geometry, job.in);
  job.kernel = geometry.kernel;
  job.stride = geometry.stride;
  job.pad = geometry.pad;
  job.in_channels = x[4];
  job.used = used_channels(geometry, x[4]);
  job.out_channels = filter[0];
  return job;
}

// dy is what it reads and dx what it writes.
ConvolutionJob backward_data_job(const Conv3dGeometry& geometry, const Shape& dx, const Shape& filter) {
  const ConvolutionJob forward = forward_job(geometry, dx, filter);
  ConvolutionJob job = forward;
  job.in = forward.out;
  job.out = forward.in;
  job.in_channels = job.used = filter[0];
  job.out_channels = dx[4];
  return job;
}

FilterJob filter_job(ConstTensor filter, std::int64_t used, const Extent3& kernel, bool mirrored) {
  return {.filter = filter.data(),
          .filters = filter.shape()[0],
          .channels = filter.shape()[4],
          .used = used,
          .kernel = kernel,
          .mirrored = mirrored};
}

bool winograd_serves(const ConvolutionJob& job) {
  const Extent3 &pad = job.pad, three{3, 3, 3}, one{1, 1, 1};
  return job.kernel == three && job.stride == one && pad.d <= 2 && pad.h <= 2 && pad.w <= 2;
}

struct TileWork {
  Tile tile;
  Extent3 outputs;
  std::int64_t points, taps;  // taps: of depth, that stay sums
};
constexpr TileWork kTileWork[] = {{Tile::t1x4x4, {1, 4, 4}, 36, 3},
                                  {Tile::t2x2x2, {2, 2, 2}, 64, 1},
                                  {Tile::t2x4x4, {2, 4, 4}, 144, 1},
                                  {Tile::t4x4x4, {4, 4, 4}, 216, 1}};

std::int64_t count_tiles(const ConvolutionJob& job, const Extent3& outputs) {
  return job.clips * ceil_div(job.out.d, outputs.d) * ceil_div(job.out.h, outputs.h) *
         ceil_div(job.out.w, outputs.w);
}

// Multiply-adds that a pass is worth with these tiles. Measured on cores with AVX-512: transforming a
// channel's value at one point takes as long as 32 multiply-adds, and fetching a transformed filter's as long
// as 24.
double work(const ConvolutionJob& job, const TileWork& tile) {
  const double tiles = static_cast<double>(count_tiles(job, tile.outputs));
  const double in = static_cast<double>(job.used * tile.taps), out = static_cast<double>(job.out_channels);
  return static_cast<double>(tile.points) * ((tiles + 24) * in * out + tiles * 32 * (in + out));
}

constexpr double kMostSaved = 8;  // times fewer multiplications of the largest tile

bool can_pool(const ConvolutionKernel& kernel, const Extent3& window) {
  return window == Extent3{1, 1, 1} || kernel.can_pool(window);
}

// A pool whose windows can lie inside tiles.
bool has_plain_windows(const Pool3dGeometry& pool) {
  const Extent3 none{0, 0, 0};
  return pool.kernel == pool.stride && pool.pad_before == none && pool.pad_after == none;
}

// Tiles at a time: transformed inputs of some megabytes, which a last cache holds, for at least a few calls
// of the product kernel.
Blocking forward_blocking(const ConvolutionJob& job, std::int64_t points, std::int64_t tiles, int threads) {
  const std::int64_t bytes = points * std::max<std::int64_t>(job.used, 16) * 4;
  const std::int64_t at_once = std::clamp<std::int64_t>((std::int64_t{12} << 20) / bytes, 14, 42);
  return {.tiles = at_once, .shared = ceil_div(tiles, at_once) < threads};
}

// As few tiles at a time as let adding to the sums of all points pass unnoticed: these are 7 MB in conv2, 57
// MB in conv3b. Few sums (narrow inputs) are each thread's own.
Blocking gradient_blocking(const ConvolutionJob& job, std::int64_t points, std::int64_t tiles) {
  constexpr std::int64_t kWhole = std::int64_t{128} << 20, kManySums = std::int64_t{16} << 20;
  const std::int64_t in = std::max<std::int64_t>(job.used, 16), out = job.out_channels;
  if (points == 1) return {.tiles = 512, .shared = true};  // direct: as many blocks as terms in each
  if (job.used <= kNarrow) return {.tiles = 48, .shared = false};
  if (tiles <= 256 && tiles * points * (in + out) * 4 <= kWhole) return {.tiles = tiles, .shared = true};
  return {.tiles = points * in * out * 4 > kManySums ? 128 : 64, .shared = true};
}

}  // namespace

Convolutions::Convolutions(DType type, const ConvolutionOptions& options, Workspace& workspace)
    : type_(type), options_(options), workspace_(workspace) {}

const TypeKernels& Convolutions::types() const {
  if (type_ == DType::f32) return options_.kernels->f32;
  return options_.bf16_products ? *options_.kernels->bf16 : *options_.kernels->bf16_in_f32;
}

const ConvolutionKernel& Convolutions::choose(ConvolutionPass pass, const ConvolutionJob& job) const {
  const TypeKernels& kernels = types();
  const auto of = [&](Tile tile) -> const ConvolutionKernel& {
    return kernels.tiles[static_cast<std::size_t>(tile)];
  };
  if (options_.direct || !winograd_serves(job)) return of(Tile::direct);
  if (job.used <= kNarrow && pass != ConvolutionPass::backward_data && can_pool(kernels.narrow, job.window)) {
    return kernels.narrow;
  }
  if (of(Tile::direct).multiply_speed > kMostSaved) return of(Tile::direct);
  const TileWork* best = nullptr;
  for (const TileWork& tile : kTileWork) {
    if (!can_pool(of(tile.tile), job.window)) continue;
    if (best == nullptr || work(job, tile) < work(job, *best)) best = &tile;
  }
  return best == nullptr ? of(Tile::direct) : of(best->tile);
}

const std::byte* Convolutions::packed(const ConvolutionKernel& kernel, const FilterJob& filter,
                                      std::size_t filter_bytes) {
  const auto* source = static_cast<const std::byte*>(filter.filter);
  auto found = std::find_if(filters_.begin(), filters_.end(), [&](const PackedFilter& f) {
    return f.source == source && f.kernel == &kernel && f.mirrored == filter.mirrored &&
           f.source_bytes == filter_bytes;
  });
  const auto bytes = static_cast<std::size_t>(kernel.filter_bytes(filter));
  if (found != filters_.end() && found->bytes != bytes) {  // another shape of the same memory
    filters_.erase(found);
    found = filters_.end();
  }
  if (found == filters_.end()) {
    filters_.push_back(
        {source, filter_bytes, &kernel, filter.mirrored, allocate_aligned(bytes), bytes, true});
    found = std::prev(filters_.end());
  }
  if (found->stale) {
    kernel.pack(options_.threads, filter, found->packed.get());
    found->stale = false;
  }
  return found->packed.get();
}

void Convolutions::run(ConvolutionPass pass, const FilterJob& filter, std::size_t filter_bytes,
                       ConvolutionJob job) {
  const ConvolutionKernel& kernel = choose(pass, job);
  job.filters = packed(kernel, filter, filter_bytes);
  const Blocking blocking =
      forward_blocking(job, kernel.points, count_tiles(job, kernel.outputs), options_.threads);
  const auto scratch = static_cast<std::size_t>(kernel.scratch_bytes(options_.threads, job, blocking));
  kernel.run(options_.threads, job, blocking, workspace_.get(Purpose::transforms, scratch));
}

void Convolutions::forward(const Conv3dGeometry& geometry, Activation activation, ConstTensor x,
                           ConstTensor filter, ConstTensor bias, Tensor y) {
  ConvolutionJob job = forward_job(geometry, x.shape(), filter.shape());
  job.x = x.data();
  job.bias = bias.data();
  job.y = y.data();
  job.relu = activation == Activation::relu;
  run(ConvolutionPass::forward, filter_job(filter, job.used, geometry.kernel, false), filter.bytes(), job);
}

bool Convolutions::fuses(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, const Shape& x,
                         const Shape& filter) const {
  ConvolutionJob job = forward_job(geometry, x, filter);
  job.window = pool.kernel;
  return has_plain_windows(pool) && can_pool(choose(ConvolutionPass::forward, job), pool.kernel);
}

void Convolutions::forward_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, ConstTensor x,
                                  ConstTensor filter, ConstTensor bias, Tensor y, Tensor argmax) {
  ConvolutionJob job = forward_job(geometry, x.shape(), filter.shape());
  job.x = x.data();
  job.bias = bias.data();
  job.y = y.data();
  job.relu = true;
  job.window = pool.kernel;
  job.argmax = argmax.empty() ? nullptr : argmax.as<std::uint8_t>();
  run(ConvolutionPass::forward, filter_job(filter, job.used, geometry.kernel, false), filter.bytes(), job);
}

void Convolutions::backward_data(const Conv3dGeometry& geometry, ConstTensor filter, ConstTensor dy,
                                 Tensor dx) {
  ConvolutionJob job = backward_data_job(geometry, dx.shape(), filter.shape());
  job.x = dy.data();
  job.y = dx.data();
  if (&choose(ConvolutionPass::backward_data, job) !=
      &types().tiles[static_cast<std::size_t>(Tile::direct)]) {
    // the convolution of dy with the mirrored filter
    job.pad = {2 - geometry.pad.d, 2 - geometry.pad.h, 2 - geometry.pad.w};
  } else {
    job.transposed = true;
  }
  run(ConvolutionPass::backward_data, filter_job(filter, filter.shape()[4], geometry.kernel, true),
      filter.bytes(), job);
}

void Convolutions::backward_filter(const Conv3dGeometry& geometry, ConstTensor x, ConstTensor dy,
                                   Tensor dfilter, Tensor dbias) {
  const auto scratch = [&](std::int64_t bytes) {
    return workspace_.get(Purpose::transforms, static_cast<std::size_t>(bytes));
  };
  if (!dfilter.empty()) {
    FilterGradientJob job;
    job.forward = forward_job(geometry, x.shape(), dfilter.shape());
    job.forward.x = x.data();
    job.dy = dy.data();
    job.dfilter = dfilter.as<float>();
    const ConvolutionKernel& kernel = choose(ConvolutionPass::backward_filter, job.forward);
    const Blocking blocking =
        gradient_blocking(job.forward, kernel.points, count_tiles(job.forward, kernel.outputs));
    kernel.gradient(options_.threads, job, blocking,
                    scratch(kernel.gradient_scratch_bytes(options_.threads, job, blocking)));
  }
  if (!dbias.empty()) {
    const std::int64_t channels = dy.shape()[4];
    types().bias_gradient(options_.threads, dy.data(), dy.count() / std::max<std::int64_t>(channels, 1),
                          channels, dbias.as<float>(), scratch(types().bias_scratch_bytes(channels)));
  }
}

void Convolutions::parameters_changed() {
  for (PackedFilter& filter : filters_) filter.stale = true;
}

void Convolutions::overwritten(const std::byte* data, std::size_t bytes) {
  for (PackedFilter& filter : filters_) {
    if (filter.source < data + bytes && data < filter.source + filter.source_bytes) filter.stale = true;
  }
}

void Convolutions::freed(const std::byte* data, std::size_t bytes) {
  filters_.remove_if([&](const PackedFilter& filter) {
    return filter.source < data + bytes && data < filter.source + filter.source_bytes;
  });
}

std::size_t Convolutions::packed_bytes() const {
  std::size_t total = 0;
  for (const PackedFilter& filter : filters_) total += filter.bytes;
  return total;
}

std::string Convolutions::choice(ConvolutionPass pass, const Conv3dGeometry& geometry, const Shape& x,
                                 const Shape& filter) const {
  const bool data = pass == ConvolutionPass::backward_data;
  return choose(pass, data ? backward_data_job(geometry, x, filter) : forward_job(geometry, x, filter)).name;
}

}  // namespace c3d::cpu
