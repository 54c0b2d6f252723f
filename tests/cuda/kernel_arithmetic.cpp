// The arithmetic and the index maps of our CUDA kernels, run on the host: threads are walked as a launch
// would deal them, and what they compute is compared with the reference backend.
#include "kernels/cuda/arithmetic.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "catch.h"
#include "kernels/cuda/pooling.h"
#include "kernels/reference/ops.h"
#include "tests/support/closeness.h"

namespace c3d::cuda {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// What kernel threads do with their rows and packs: visit(row, pack).
template <typename Visit>
void for_each_thread(const RowLayout& layout, std::int64_t rows, std::int64_t packs, const Visit& visit) {
  for (std::uint32_t side = 0; side < layout.sides; ++side) {
    for (std::uint32_t block = 0; block < layout.blocks; ++block) {
      for (std::uint32_t thread = 0; thread < layout.lanes * layout.rows; ++thread) {
        const std::uint32_t pack = side * layout.lanes + thread % layout.lanes;
        for (std::uint32_t row = block * layout.rows + thread / layout.lanes; row < rows && pack < packs;
             row += layout.blocks * layout.rows) {
          visit(row, static_cast<int>(pack));
        }
      }
    }
  }
}

// Elements of a tensor that kernels see in packs: aligned as the GPU's memory is.
template <typename T>
class Elements {
 public:
  Elements(const Shape& shape, T value)
      : shape_(shape), packs_(static_cast<std::size_t>(shape.count() + 15) / 16) {
    std::fill_n(data(), shape.count(), value);
  }
  T* data() { return packs_.front().at; }
  const T* data() const { return packs_.front().at; }
  std::int64_t count() const { return shape_.count(); }
  const Shape& shape() const { return shape_; }
  Tensor tensor() { return host_tensor(data(), shape_); }
  template <int Size>
  Pack<T, Size>* packs() {
    return reinterpret_cast<Pack<T, Size>*>(data());
  }
  std::vector<float> floats() const {
    std::vector<float> values;
    for (std::int64_t i = 0; i < count(); ++i) values.push_back(static_cast<float>(number(data()[i])));
    return values;
  }

 private:
  static float number(float value) { return value; }
  static float number(BFloat16 value) { return to_float(value); }
  static float number(Float8E4M3 value) { return to_float(value); }
  static int number(std::uint8_t value) { return value; }

  Shape shape_;
  std::vector<Pack<T, 16>> packs_;
};

// -2 .. 2: ties are many, and both signs.
float small_integer(std::uint64_t seed, std::int64_t i) {
  return static_cast<float>(static_cast<int>(philox(seed, static_cast<std::uint64_t>(i), 0).word[0] % 5) - 2);
}
template <typename T>
void fill(Elements<T>& elements, std::uint64_t seed) {
  for (std::int64_t i = 0; i < elements.count(); ++i) {
    elements.data()[i] = from_float<T>(small_integer(seed, i));
  }
}

TEST_CASE("a row layout gives every pack of every row to one thread") {
  for (const std::int64_t rows : {1, 63, 64, 1000}) {
    for (const std::int64_t packs : {1, 3, 8, 32, 33, 64, 512}) {
      for (const std::int64_t max_blocks : {1, 264, 100000}) {
        const RowLayout layout = row_layout(rows, packs, 512, max_blocks);
        INFO(rows << " rows of " << packs << " packs, at most " << max_blocks << " blocks");
        CHECK(layout.lanes * layout.rows == 512);
        CHECK(layout.blocks <= std::max<std::int64_t>(1, max_blocks));
        std::vector<int> visits(static_cast<std::size_t>(rows * packs));
        for_each_thread(layout, rows, packs, [&](std::uint32_t row, int pack) {
          ++visits[static_cast<std::size_t>(row) * static_cast<std::size_t>(packs) +
                   static_cast<std::size_t>(pack)];
        });
        CHECK(std::all_of(visits.begin(), visits.end(), [](int count) { return count == 1; }));
      }
    }
  }
}

struct PoolCase {
  const char* name;
  Pool3dGeometry geometry;
  Extent3 input;
  std::int64_t clips, channels;
};
const std::vector<PoolCase> kPools{
    {"C3D's first pool", {.kernel = {1, 2, 2}, .stride = {1, 2, 2}}, {3, 6, 4}, 2, 64},
    {"C3D's other pools", {}, {4, 6, 4}, 2, 16},
    {"extents that leave a rest", {}, {5, 7, 3}, 1, 8},
    {"PyTorch's pool5", {.pad_before = {0, 1, 1}, .pad_after = {0, 1, 1}}, {2, 7, 7}, 3, 8},
    {"Caffe's pool5", {.pad_after = {0, 1, 1}}, {2, 7, 7}, 1, 8},
    {"windows that overlap",
     {.kernel = {2, 3, 3}, .stride = {1, 2, 2}, .pad_before = {1, 1, 1}, .pad_after = {1, 1, 0}},
     {3, 7, 6},
     2,
     8},
    {"windows with gaps", {.kernel = {1, 2, 1}, .stride = {2, 3, 2}}, {4, 8, 5}, 1, 8},
    {"a window of 3x3x3", {.kernel = {3, 3, 3}, .stride = {3, 3, 3}}, {6, 7, 8}, 1, 8},
    {"the whole input at once", {.kernel = {2, 4, 4}, .stride = {2, 4, 4}}, {2, 4, 4}, 2, 8}};

// A pool's tensors: the same x, and y, argmax and gradients by the reference or by our kernels.
template <typename T>
struct PoolTensors {
  explicit PoolTensors(const PoolCase& pool)
      : output(output_extent(pool.geometry, pool.input)),
        x({pool.clips, pool.input.d, pool.input.h, pool.input.w, pool.channels}, T{}),
        y({pool.clips, output.d, output.h, output.w, pool.channels}, from_float<T>(77)),
        dy({pool.clips, output.d, output.h, output.w, pool.channels}, T{}),
        dx({pool.clips, pool.input.d, pool.input.h, pool.input.w, pool.channels}, from_float<T>(77)),
        argmax({pool.clips, output.d, output.h, output.w, pool.channels}, 77) {
    fill(x, 1);
    fill(dy, 2);
    // NaN beside numbers, before and after them, and twice in a window.
    for (const std::int64_t at :
         {std::int64_t{0}, x.count() / 3, x.count() / 3 + pool.channels, x.count() - 1}) {
      x.data()[at] = from_float<T>(kNan);
    }
  }
  Extent3 output;
  Elements<T> x, y, dy, dx;
  Elements<std::uint8_t> argmax;
};

template <typename Window, typename T, int Size>
void check_pool(const PoolCase& pool) {
  INFO(pool.name << ", " << sizeof(T) << " bytes, packs of " << Size << ", window " << Window::kD
                 << Window::kH << Window::kW);
  PoolTensors<T> wanted(pool), got(pool);
  reference::max_pool3d_forward(pool.geometry, wanted.x.tensor(), wanted.y.tensor(), wanted.argmax.tensor());
  const PoolMap map = pool_map(pool.geometry, pool.input, got.output, pool.channels / Size);
  const auto walk = [&](std::int64_t rows, const auto& visit) {
    for_each_thread(row_layout(rows, map.packs, 512, 264), rows, map.packs, visit);
  };
  walk(pool.clips * got.output.volume(), [&](std::uint32_t row, int pack) {
    max_pool_window<Window>(map, row, pack, got.x.template packs<Size>(), got.y.template packs<Size>(),
                            got.argmax.template packs<Size>(), Unchanged{});
  });
  CHECK(compare(got.y.floats(), wanted.y.floats(), kExact).close);
  CHECK(got.argmax.floats() == wanted.argmax.floats());

  for (const bool relu : {false, true}) {
    PoolTensors<T> passed = wanted;
    if (relu) reference::relu_backward(wanted.y.tensor(), passed.dy.tensor());
    reference::max_pool3d_backward(pool.geometry, wanted.argmax.tensor(), passed.dy.tensor(),
                                   passed.dx.tensor());
    std::vector<float> sums(static_cast<std::size_t>(pool.channels)), wanted_sums = sums;
    for (std::int64_t i = 0; i < passed.dy.count(); ++i) {
      wanted_sums[static_cast<std::size_t>(i % pool.channels)] += to_float(passed.dy.data()[i]);
    }
    const bool tiles = windows_tile(map);
    const std::int64_t cells = std::int64_t{cell_count(map.d)} * cell_count(map.h) * cell_count(map.w);
    walk(pool.clips * (tiles ? cells : pool.input.volume()), [&](std::uint32_t row, int pack) {
      float of_pack[Size] = {};
      const auto* argmax = got.argmax.template packs<Size>();
      const auto* y = relu ? got.y.template packs<Size>() : nullptr;
      const auto* dy = got.dy.template packs<Size>();
      auto* dx = got.dx.template packs<Size>();
      if (tiles) {
        max_pool_spread<Window>(map, row, pack, argmax, y, dy, dx, of_pack);
      } else {
        max_pool_gather(map, row, pack, argmax, y, dy, dx, of_pack);
      }
      for (int i = 0; i < Size; ++i)
        sums[static_cast<std::size_t>(pack) * Size + static_cast<std::size_t>(i)] += of_pack[i];
    });
    INFO((relu ? "with" : "without") << " ReLU");
    CHECK(got.dx.floats() == passed.dx.floats());
    CHECK(sums == wanted_sums);
  }
}

template <typename Window, int Size>
void check_pool_of_8_bits(const PoolCase& pool) {
  INFO(pool.name << ", packs of " << Size);
  PoolTensors<BFloat16> wide(pool);
  Elements<Float8E4M3> x(wide.x.shape(), {}), y(wide.y.shape(), {}), scaled = y, wanted = y,
                                                                     wanted_scaled = y;
  for (std::int64_t i = 0; i < x.count(); ++i) x.data()[i] = to_e4m3(to_float(wide.x.data()[i]));
  reference::max_pool3d_forward(pool.geometry, x.tensor(), wanted.tensor(), {});
  Elements<BFloat16> largest(wide.y.shape(), {});
  reference::max_pool3d_forward(pool.geometry, wide.x.tensor(), largest.tensor(), {});
  for (std::int64_t i = 0; i < largest.count(); ++i)
    wanted_scaled.data()[i] = to_e4m3(to_float(largest.data()[i]) * 96);
  const PoolMap map = pool_map(pool.geometry, pool.input, wide.output, pool.channels / Size);
  const std::int64_t rows = pool.clips * wide.output.volume();
  Pack<std::uint8_t, Size>* const no_argmax = nullptr;
  for_each_thread(row_layout(rows, map.packs, 512, 264), rows, map.packs, [&](std::uint32_t row, int pack) {
    max_pool_window<Window>(map, row, pack, x.template packs<Size>(), y.template packs<Size>(), no_argmax,
                            Unchanged{});
    max_pool_window<Window>(map, row, pack, wide.x.template packs<Size>(), scaled.template packs<Size>(),
                            no_argmax, ScaledE4M3{96});
  });
  CHECK(compare(y.floats(), wanted.floats(), kExact).close);
  CHECK(compare(scaled.floats(), wanted_scaled.floats(), kExact).close);
}

TEST_CASE("pools read 8 bits and write them, as the reference does") {
  for (const PoolCase& pool : kPools) {
    check_pool_of_8_bits<FixedWindow<0, 0, 0>, 1>(pool);
    if (pool.geometry.kernel == Extent3{2, 2, 2}) check_pool_of_8_bits<FixedWindow<2, 2, 2>, 8>(pool);
  }
}

TEST_CASE("a sum of 8-bit products is scaled, shifted and rectified before it is rounded") {
  STATIC_REQUIRE(scaled_sum(40, 0.25f, 1.5f, false) == 11.5f);
  STATIC_REQUIRE(scaled_sum(-40, 0.25f, 1.5f, false) == -8.5f);
  STATIC_REQUIRE(scaled_sum(-40, 0.25f, 1.5f, true) == 0);
  CHECK(std::isnan(scaled_sum(kNan, 1, 0, true)));
  CHECK(from_float<Float8E4M3>(scaled_sum(1000, 1, 0, false)).bits == to_e4m3(448).bits);
}

TEST_CASE("pools and their gradients are the reference's for every window and pack") {
  for (const PoolCase& pool : kPools) {
    using Any = FixedWindow<0, 0, 0>;
    check_pool<Any, float, 1>(pool);
    check_pool<Any, float, kPackSize<float>>(pool);
    check_pool<Any, BFloat16, 1>(pool);
    check_pool<Any, BFloat16, kPackSize<BFloat16>>(pool);
    if (pool.geometry.kernel == Extent3{2, 2, 2}) {
      check_pool<FixedWindow<2, 2, 2>, float, kPackSize<float>>(pool);
      check_pool<FixedWindow<2, 2, 2>, BFloat16, kPackSize<BFloat16>>(pool);
    }
    if (pool.geometry.kernel == Extent3{1, 2, 2}) {
      check_pool<FixedWindow<1, 2, 2>, float, kPackSize<float>>(pool);
      check_pool<FixedWindow<1, 2, 2>, BFloat16, kPackSize<BFloat16>>(pool);
    }
  }
}

TEST_CASE("a clip is normalized as the reference does") {
  constexpr std::int64_t kClips = 2, kDepth = 3, kSourceHeight = 9, kSourceWidth = 8, kHeight = 5, kWidth = 6;
  constexpr std::int64_t kSourcePixels = kDepth * kSourceHeight * kSourceWidth,
                         kPixels = kDepth * kHeight * kWidth;
  std::vector<std::uint8_t> frames(kClips * kSourcePixels * 3);
  for (std::size_t i = 0; i < frames.size(); ++i)
    frames[i] = static_cast<std::uint8_t>(philox(3, i, 0).word[0]);
  std::vector<float> cube(kSourcePixels * 3);
  for (std::size_t i = 0; i < cube.size(); ++i) cube[i] = 255 * uniform_float(philox(4, i, 0).word[0]);
  std::vector<std::int32_t> crops{1, 2, 0, 4, 0, 1};
  const CropMap map{kDepth, kSourceHeight, kSourceWidth, kHeight, kWidth};

  for (const bool mean_is_cube : {false, true}) {
    for (const bool bgr : {false, true}) {
      const Shape mean_shape = mean_is_cube ? Shape{kDepth, kSourceHeight, kSourceWidth, 3} : Shape{3};
      std::vector<BFloat16> wanted(kClips * kPixels * 8), got = wanted;
      reference::normalize_clip({.order = bgr ? ColourOrder::bgr : ColourOrder::rgb, .scale = 0.3f},
                                host_tensor(frames.data(), {kClips, kDepth, kSourceHeight, kSourceWidth, 3}),
                                host_tensor(cube.data(), mean_shape), host_tensor(crops.data(), {kClips, 3}),
                                host_tensor(wanted.data(), {kClips, kDepth, kHeight, kWidth, 8}));
      for (std::int64_t pixel = 0; pixel < kClips * kPixels; ++pixel) {
        const std::int64_t frame = pixel / (kHeight * kWidth), in_frame = pixel % (kHeight * kWidth);
        const SourcePixel source =
            source_pixel(map, frame, in_frame / kWidth, in_frame % kWidth, crops.data() + frame / kDepth * 3);
        const auto values =
            normalized_pixel<BFloat16, 8>(frames.data() + source.in_frames * 3,
                                          cube.data() + (mean_is_cube ? source.in_cube * 3 : 0), bgr, 0.3f);
        std::copy_n(values.at, 8, got.begin() + pixel * 8);
      }
      INFO((mean_is_cube ? "mean cube" : "mean of 3") << (bgr ? ", BGR" : ", RGB"));
      CHECK(got == wanted);
    }
  }
}

TEST_CASE("dropout drops the same elements as every backend") {
  const DropoutKey key{0x123456789abcdefu, 41, 3, 0.3f};
  for (const std::uint64_t block :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{777}, std::uint64_t{1} << 33}) {
    const std::uint32_t dropped = dropped_of_four(key, block);
    for (std::uint64_t i = 0; i < 4; ++i) {
      CHECK((dropped >> i & 1) ==
            dropout_drops(key.seed, key.step, key.op, block * 4 + i, key.drop_probability));
    }
  }
  CHECK(dropped_out(3.0f, true, 2.0f) == 0.0f);
  CHECK(dropped_out(3.0f, false, 2.0f) == 6.0f);
}

TEST_CASE("relu keeps nan and passes gradients of positive values only") {
  CHECK(positive_part(2.5f) == 2.5f);
  CHECK(positive_part(-2.5f) == 0.0f);
  CHECK(std::isnan(positive_part(kNan)));
  CHECK(std::isnan(to_float(positive_part(to_bfloat16(kNan)))));
  CHECK(passed_by_relu(2.5f, 7.0f) == 7.0f);
  CHECK(passed_by_relu(0.0f, 7.0f) == 0.0f);
  CHECK(passed_by_relu(kNan, 7.0f) == 0.0f);
}

}  // namespace
}  // namespace c3d::cuda
