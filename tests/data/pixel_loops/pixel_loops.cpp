// The loops of every instruction set that this processor runs: all give the same bytes.
#include "data/pixel_loops/pixel_loops.h"

#include <algorithm>
#include <vector>

#include "catch.h"
#include "data/byte_pairs.h"

namespace c3d {
namespace {

constexpr std::size_t kCount = 150;  // whole vectors of every set, and a rest

template <typename T>
std::vector<T> numbers(std::size_t count, unsigned seed) {
  std::vector<T> values(count);
  for (T& value : values) {
    seed = seed * 1664525U + 1013904223U;
    value = static_cast<T>(seed >> 16);
  }
  return values;
}

// Every loop's output over the same inputs.
std::vector<int> outputs(const PixelLoops& loops) {
  const auto near = numbers<std::uint8_t>(kCount, 1), far = numbers<std::uint8_t>(kCount, 2);
  const auto blue = numbers<std::uint8_t>(kCount, 3);
  const auto pairs = numbers<std::uint16_t>(kCount, 4);
  const auto a = numbers<std::int16_t>(kCount, 5), b = numbers<std::int16_t>(kCount, 6);
  const auto c = numbers<std::int16_t>(kCount, 7), d = numbers<std::int16_t>(kCount, 8);
  const auto weights = numbers<std::int16_t>(kCount, 9);
  std::vector<int> all;
  const auto keep = [&](const auto& values) { all.insert(all.end(), values.begin(), values.end()); };
  std::vector<std::int16_t> low(kCount), high(kCount);
  std::vector<std::uint8_t> bytes(3 * kCount);
  loops.stretch_row(near.data(), far.data(), weights.data(), low.data(), kCount);
  keep(low);
  loops.blend_rows(a.data(), b.data(), 700, 1348, bytes.data(), kCount);
  keep(bytes);
  loops.scale_pairs(pairs.data(), 1024, 13075, low.data(), high.data(), kCount);
  keep(low);
  keep(high);
  loops.add_scaled_pairs(pairs.data(), 128, -6660, low.data(), high.data(), kCount);
  keep(low);
  keep(high);
  loops.stretch_colour(a.data(), b.data(), c.data(), d.data(), weights.data(), low.data(), kCount);
  keep(low);
  loops.interleave(near.data(), far.data(), blue.data(), bytes.data(), kCount);
  keep(bytes);
  return all;
}

}  // namespace

TEST_CASE("pixel loops of every instruction set give the same values") {
  const std::vector<int> wanted = outputs(portable_pixel_loops());
  for (const PixelLoops* loops : usable_pixel_loops()) CHECK(outputs(*loops) == wanted);
}

TEST_CASE("bytes are picked the same with and without the processor's shuffle") {
  for (const int step : {1, 2, 5, 13, 40}) {
    CAPTURE(step);
    std::vector<BytePair> pairs;
    for (int i = 0; i < 50; ++i) pairs.push_back({i * step + i % 2, i * step + (i + 1) % 2});
    const int row_bytes = 50 * step + 1;
    std::vector<std::uint8_t> row(static_cast<std::size_t>(row_bytes));
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = static_cast<std::uint8_t>(i * 37);
    std::vector<std::uint16_t> out(pairs.size() + BytePairs::kSlack);
    for (const PixelLoops* loops : usable_pixel_loops()) {
      std::ranges::fill(out, std::uint16_t{0});
      BytePairs(pairs, row_bytes, *loops).gather(row.data(), out.data());
      for (std::size_t i = 0; i < pairs.size(); ++i) {
        CAPTURE(i);
        CHECK(out[i] == row[static_cast<std::size_t>(pairs[i].low)] +
                            256 * row[static_cast<std::size_t>(pairs[i].high)]);
      }
    }
  }
}

}  // namespace c3d
