#include "data/synth/film.h"

namespace c3d::synth {
namespace {

constexpr std::size_t kNoisePixels = 4096;
constexpr int kBlock = 8;

std::uint8_t* bytes_of(Bitmap& picture, int row) { return reinterpret_cast<std::uint8_t*>(picture.row(row)); }

std::uint8_t as_byte(int value) {
  value = value < 0 ? 0 : value;
  return static_cast<std::uint8_t>(value > 255 ? 255 : value);
}

// About normal, with a standard deviation of one half: the sum of four evenly spread numbers.
float bell(std::uint32_t bits) {
  const auto part = [&](unsigned shift) { return static_cast<float>(bits >> shift & 0xFFU) / 255 - 0.5F; };
  return part(0) + part(8) + part(16) + part(24);
}

}  // namespace

Film::Film(Draws& light, Draws& film) {
  const float kind = light.uniform();
  depth_ = light.between(0.25F, 0.6F);
  phase_ = light.uniform();
  turn_ = light.uniform();
  if (kind > 0.94F) {
    light_ = Light::flicker;
  } else if (kind > 0.86F) {
    light_ = Light::fade;
    from_ = light.between(0.5F, 1.25F);
    to_ = light.between(0.5F, 1.25F);
  } else if (kind > 0.83F) {
    light_ = Light::step;
  } else if (kind > 0.74F) {
    light_ = Light::shadow;
  }
  blurs_ = std::max(0, film.below(5) - 2);
  if (film.chance(0.4F)) coarseness_ = 6 + film.below(26);
  noise_key_ = film.bits();
  const float strength = film.chance(0.75F) ? film.between(1, 14) : 0;
  const float colour = film.between(0, 0.6F);
  if (strength < 1) return;
  noise_.resize(4 * kNoisePixels);
  for (std::size_t i = 0; i < kNoisePixels; i += 4) {
    // One block serves four pixels: all their grey, and half their colour.
    const std::array<float, 4> grey = {bell(film.bits()), bell(film.bits()), bell(film.bits()),
                                       bell(film.bits())};
    for (std::size_t k = 0; k < 4; ++k) {
      for (std::size_t c = 0; c < 3; ++c) {
        const float own = grey[(k + c + 1) % 4];
        noise_[4 * (i + k) + c] = static_cast<std::int8_t>(strength * mix(grey[k], own, colour) * 2);
      }
    }
  }
}

void Film::expose(Bitmap& picture, float share, int frame, std::span<std::uint8_t> rgb) const {
  for (int i = 0; i < blurs_; ++i) blur(picture);
  if (light_ == Light::shadow) cast_shadow(picture, share);
  const float gain = gain_at(share, frame);
  if (gain != 1) brighten(picture, gain);
  if (!noise_.empty()) add_noise(picture, frame);
  if (coarseness_ > 0) quantise(picture);
  const std::size_t pixels = picture.pixels.size();
  for (std::size_t i = 0; i < pixels; ++i) {
    const Pixel pixel = picture.pixels[i];
    rgb[3 * i] = static_cast<std::uint8_t>(pixel);
    rgb[3 * i + 1] = static_cast<std::uint8_t>(pixel >> 8U);
    rgb[3 * i + 2] = static_cast<std::uint8_t>(pixel >> 16U);
  }
}

float Film::gain_at(float share, int frame) const {
  switch (light_) {
    case Light::flicker:
      return 1 -
             0.7F * depth_ * uniform_float(philox(noise_key_, static_cast<std::uint64_t>(frame), 1).word[0]);
    case Light::fade:
      return mix(from_, to_, share);
    case Light::step:
      return share < 0.25F + 0.5F * phase_ ? 1 : 1 - depth_;
    case Light::steady:
    case Light::shadow:
      break;
  }
  return 1;
}

// A dark band with soft sides that goes over the picture.
void Film::cast_shadow(Bitmap& picture, float share) const {
  const Vec2 along = direction(turn_);
  const auto w = static_cast<float>(picture.width), h = static_cast<float>(picture.height);
  const float reach = 0.5F * (std::abs(along.x) * w + std::abs(along.y) * h);
  const float half = (0.25F + 0.4F * phase_) * reach, soft = 256 / (0.2F * h);
  const float middle = mix(-1.3F, 1.3F, share) * reach;
  const int least = static_cast<int>(256 * (1 - depth_));
  for (int y = 0; y < picture.height; ++y) {
    const float offset = (static_cast<float>(y) - 0.5F * h) * along.y - 0.5F * w * along.x - middle;
    std::uint8_t* row = bytes_of(picture, y);
    for (int x = 0; x < picture.width; ++x) {
      const float far = std::abs(offset + static_cast<float>(x) * along.x) - half;
      int gain = least + static_cast<int>(far * soft);
      gain = gain < least ? least : gain;
      gain = gain > 256 ? 256 : gain;
      for (int c = 0; c < 3; ++c) row[4 * x + c] = static_cast<std::uint8_t>(row[4 * x + c] * gain >> 8);
    }
  }
}

void Film::brighten(Bitmap& picture, float gain) const {
  const int factor = static_cast<int>(256 * gain), bytes = 4 * picture.width;
  for (int y = 0; y < picture.height; ++y) {
    std::uint8_t* row = bytes_of(picture, y);
    for (int i = 0; i < bytes; ++i) row[i] = as_byte(row[i] * factor >> 8);
  }
}

void Film::add_noise(Bitmap& picture, int frame) const {
  const auto key = noise_key_ << 32U | static_cast<std::uint32_t>(frame);
  const int width = std::min(picture.width, kLargestSide);
  for (int y = 0; y < picture.height; ++y) {
    const std::uint32_t bits = philox(key, static_cast<std::uint64_t>(y), 2).word[0];
    const std::size_t most = kNoisePixels - static_cast<std::size_t>(width);
    const std::int8_t* noise = noise_.data() + 4 * (std::uint64_t{bits} * most >> 32U);
    std::uint8_t* row = bytes_of(picture, y);
    for (int i = 0; i < 4 * width; ++i) row[i] = as_byte(row[i] + noise[i]);
  }
}

// What codecs do to blocks, roughly: small differences from a block's mean vanish, larger ones get coarse.
void Film::quantise(Bitmap& picture) const {
  const auto step = static_cast<std::uint16_t>(coarseness_),
             dead = static_cast<std::uint16_t>(coarseness_ / 2);
  const auto inverse = static_cast<std::uint32_t>(65536 / coarseness_);
  const std::size_t bytes = 4 * static_cast<std::size_t>(picture.width);
  std::vector<std::uint16_t> sums(bytes);
  std::vector<std::uint8_t> means(bytes);
  for (int y0 = 0; y0 < picture.height; y0 += kBlock) {
    const int rows = std::min(kBlock, picture.height - y0);
    std::fill(sums.begin(), sums.end(), std::uint16_t{0});
    for (int y = 0; y < rows; ++y) {
      const std::uint8_t* row = bytes_of(picture, y0 + y);
      for (std::size_t i = 0; i < bytes; ++i) sums[i] = static_cast<std::uint16_t>(sums[i] + row[i]);
    }
    constexpr std::size_t kBlockBytes = std::size_t{4} * kBlock;
    for (std::size_t from = 0; from < bytes; from += kBlockBytes) {
      const std::size_t to = std::min(from + kBlockBytes, bytes);
      const auto pixels = static_cast<std::uint32_t>((to - from) / 4) * static_cast<std::uint32_t>(rows);
      for (std::size_t c = 0; c < 4; ++c) {
        std::uint32_t sum = 0;
        for (std::size_t i = from + c; i < to; i += 4) sum += sums[i];
        const auto mean = static_cast<std::uint8_t>(sum / pixels);
        for (std::size_t i = from + c; i < to; i += 4) means[i] = mean;
      }
    }
    for (int y = 0; y < rows; ++y) {
      std::uint8_t* row = bytes_of(picture, y0 + y);
      for (std::size_t i = 0; i < bytes; ++i) {
        const auto difference = static_cast<std::int16_t>(row[i] - means[i]);
        const auto size = static_cast<std::uint16_t>((difference < 0 ? -difference : difference) + dead);
        const auto steps = static_cast<std::uint16_t>(size * inverse >> 16U);
        const auto coarse = static_cast<std::int16_t>(steps * step);
        auto value = static_cast<std::int16_t>(means[i] + (difference < 0 ? -coarse : coarse));
        value = value < 0 ? std::int16_t{0} : value;
        row[i] = static_cast<std::uint8_t>(value > 255 ? 255 : value);
      }
    }
  }
}

}  // namespace c3d::synth
