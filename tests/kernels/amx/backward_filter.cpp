// The filters' gradients over AMX's tiles against float64, and the same bits for any number of threads.
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "amx_set.h"
#include "catch.h"
#include "draws.h"
#include "engine/core/bfloat16.h"

namespace c3d::cpu {
namespace {

struct Case {
  std::int64_t clips;
  Extent3 in, kernel, stride, pad;
  std::int64_t in_channels, used, out_channels;
};

const Case kCases[] = {
    {2, {3, 6, 11}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, 21, 21, 40},
    {1, {1, 1, 1}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, 3, 3, 5},
    {9, {2, 7, 7}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, 64, 64, 33},
    {1, {2, 7, 7}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, 512, 512, 96},
    {2, {5, 9, 8}, {3, 3, 2}, {2, 1, 3}, {1, 1, 0}, 33, 30, 70},
    {2, {4, 9, 10}, {2, 4, 3}, {1, 3, 2}, {0, 2, 1}, 40, 40, 31},
    {3, {4, 8, 9}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, 40, 40, 32},
    {1, {4, 40, 50}, {3, 3, 3}, {1, 1, 1}, {2, 0, 2}, 32, 32, 32},
    {40, {4, 14, 14}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, 32, 32, 32},  // more than a group of clips
    {2, {6, 8, 10}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, 8, 3, 33},
};

struct Data {
  ConvolutionJob job;
  std::vector<BFloat16> x, dy;
};

std::size_t size(std::int64_t count) { return static_cast<std::size_t>(count); }

std::unique_ptr<Data> data_of(const Case& test) {
  auto data = std::make_unique<Data>();
  ConvolutionJob& job = data->job;
  job.clips = test.clips;
  job.in = test.in;
  job.out = output_extent(Conv3dGeometry{test.kernel, test.stride, test.pad}, test.in);
  job.kernel = test.kernel;
  job.stride = test.stride;
  job.pad = test.pad;
  job.in_channels = test.in_channels;
  job.used = test.used;
  job.out_channels = test.out_channels;
  Draws draws(41);
  for (std::int64_t i = 0; i < test.clips * test.in.volume() * test.in_channels; ++i) {
    const bool counts = i % test.in_channels < test.used;
    data->x.push_back(to_bfloat16(counts ? draws.normal() : std::numeric_limits<float>::quiet_NaN()));
  }
  for (std::int64_t i = 0; i < test.clips * job.out.volume() * test.out_channels; ++i) {
    data->dy.push_back(to_bfloat16(draws.normal()));
  }
  job.x = data->x.data();
  return data;
}

std::vector<float> gradient(const ConvolutionKernel& kernel, const Data& data, int threads) {
  const std::int64_t count = data.job.out_channels * data.job.kernel.volume() * data.job.in_channels;
  std::vector<float> dfilter(size(count), std::numeric_limits<float>::quiet_NaN());
  const FilterGradientJob job{
      .forward = data.job, .dy = data.dy.data(), .pooled = {}, .dfilter = dfilter.data()};
  const Blocking blocking{512, true};
  constexpr std::align_val_t kAlignment{64};
  const std::int64_t bytes = kernel.gradient_scratch_bytes(threads, job, blocking);
  auto* scratch = static_cast<std::byte*>(::operator new(size(bytes), kAlignment));
  std::memset(scratch, 0xff, size(bytes));  // NaN
  kernel.gradient(threads, job, blocking, scratch);
  ::operator delete(scratch, kAlignment);
  return dfilter;
}

std::vector<double> exact_gradient(const Data& data) {
  const ConvolutionJob& job = data.job;
  const Extent3 &kernel = job.kernel, &out = job.out, &in = job.in;
  std::vector<double> sums(size(job.out_channels * kernel.volume() * job.in_channels));
  for (std::int64_t at = 0; at < job.clips * out.volume(); ++at) {
    const std::int64_t w = at % out.w, h = at / out.w % out.h, d = at / (out.w * out.h) % out.d;
    for (std::int64_t tap = 0; tap < kernel.volume(); ++tap) {
      const std::int64_t xd = d * job.stride.d - job.pad.d + tap / (kernel.h * kernel.w);
      const std::int64_t xh = h * job.stride.h - job.pad.h + tap / kernel.w % kernel.h;
      const std::int64_t xw = w * job.stride.w - job.pad.w + tap % kernel.w;
      if (xd < 0 || xh < 0 || xw < 0 || xd >= in.d || xh >= in.h || xw >= in.w) continue;
      const std::int64_t place = ((at / out.volume() * in.d + xd) * in.h + xh) * in.w + xw;
      for (std::int64_t k = 0; k < job.out_channels; ++k) {
        const double dy = static_cast<double>(to_float(data.dy[size(at * job.out_channels + k)]));
        for (std::int64_t c = 0; c < job.used; ++c) {
          sums[size((k * kernel.volume() + tap) * job.in_channels + c)] +=
              dy * static_cast<double>(to_float(data.x[size(place * job.in_channels + c)]));
        }
      }
    }
  }
  return sums;
}

TEST_CASE("filters' gradients over tiles agree with float64, with any threads", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  const ConvolutionKernel& kernel = set->bf16->tiles[static_cast<int>(Tile::direct)];
  for (const Case& test : kCases) {
    const std::unique_ptr<Data> data = data_of(test);
    INFO(test.clips << " clips of " << test.in.d << "x" << test.in.h << "x" << test.in.w << ", " << test.used
                    << " channels to " << test.out_channels);
    const std::vector<float> found = gradient(kernel, *data, 1);
    const std::vector<double> exact = exact_gradient(*data);
    double errors = 0, squares = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      errors += (found[i] - exact[i]) * (found[i] - exact[i]);
      squares += exact[i] * exact[i];
    }
    CHECK(std::sqrt(errors / squares) < 2e-6);
    for (const int threads : {2, 3}) {
      const std::vector<float> same = gradient(kernel, *data, threads);
      CHECK(std::memcmp(same.data(), found.data(), found.size() * sizeof(float)) == 0);
    }
  }
}

}  // namespace
}  // namespace c3d::cpu
