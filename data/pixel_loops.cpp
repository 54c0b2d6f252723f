#include "data/pixel_loops.h"

#include <algorithm>

namespace c3d {
namespace {

// Of two factors below 2^15: compilers find the processor's instruction for it.
std::int16_t high_half(std::int16_t a, std::int16_t b) { return static_cast<std::int16_t>((a * b) >> 16); }

std::int16_t stretched(std::int16_t near, std::int16_t far, std::int16_t weight) {
  const auto difference = static_cast<std::int16_t>((near - far) * 128);
  return static_cast<std::int16_t>(near * 128 + high_half(difference, weight));
}

std::int16_t scaled(int sample, std::int16_t offset, std::int16_t factor) {
  return high_half(static_cast<std::int16_t>(sample * 8 - offset), factor);
}

std::int16_t level(std::int16_t luma, std::int16_t chroma) {
  const auto sum = static_cast<std::int16_t>(luma + chroma);
  return std::min<std::int16_t>(std::max<std::int16_t>(sum, 0), 255);
}

}  // namespace

// __restrict in all of them: without it compilers guard against overlap, or do not use vectors at all.

[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void stretch_row(
    const std::uint8_t* __restrict near, const std::uint8_t* __restrict far,
    const std::int16_t* __restrict weights, std::int16_t* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out[i] = stretched(near[i], far[i], weights[i]);
}

[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void blend_rows(
    const std::int16_t* __restrict above, const std::int16_t* __restrict below, std::int16_t above_weight,
    std::int16_t below_weight, std::uint8_t* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto sum =
        static_cast<std::int16_t>(high_half(above[i], above_weight) + high_half(below[i], below_weight) + 2);
    out[i] = static_cast<std::uint8_t>(sum >> 2);
  }
}

[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void scale_pairs(
    const std::uint16_t* __restrict pairs, std::int16_t offset, std::int16_t factor,
    std::int16_t* __restrict low, std::int16_t* __restrict high, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    low[i] = scaled(pairs[i] & 255, offset, factor);
    high[i] = scaled(pairs[i] >> 8, offset, factor);
  }
}

[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void add_scaled_pairs(
    const std::uint16_t* __restrict pairs, std::int16_t offset, std::int16_t factor,
    std::int16_t* __restrict low, std::int16_t* __restrict high, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    low[i] = static_cast<std::int16_t>(low[i] + scaled(pairs[i] & 255, offset, factor));
    high[i] = static_cast<std::int16_t>(high[i] + scaled(pairs[i] >> 8, offset, factor));
  }
}

[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void stretch_colour(
    const std::int16_t* __restrict near_luma, const std::int16_t* __restrict far_luma,
    const std::int16_t* __restrict near_chroma, const std::int16_t* __restrict far_chroma,
    const std::int16_t* __restrict weights, std::int16_t* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = stretched(level(near_luma[i], near_chroma[i]), level(far_luma[i], far_chroma[i]), weights[i]);
  }
}

[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void interleave(
    const std::uint8_t* __restrict red, const std::uint8_t* __restrict green,
    const std::uint8_t* __restrict blue, std::uint8_t* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    out[3 * i] = red[i];
    out[3 * i + 1] = green[i];
    out[3 * i + 2] = blue[i];
  }
}

}  // namespace c3d
