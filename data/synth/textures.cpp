#include "data/synth/textures.h"

namespace c3d::synth {
namespace {

// A height for each texel, 0 to 1 (a little more at times).
struct Field {
  Field(int w, int h)
      : width(w), height(h), value(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)) {}
  float* row(int y) { return value.data() + static_cast<std::ptrdiff_t>(y) * width; }

  int width, height;
  std::vector<float> value;
};

// Value noise: random heights on a grid of columns x rows that repeats, smooth between them.
void add_noise(Field& field, Draws& draws, int columns, int rows, float amplitude) {
  columns = std::clamp(columns, 1, field.width);
  rows = std::clamp(rows, 1, field.height);
  std::vector<float> heights(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < heights.size(); i += 4) {
    const std::uint32_t bits = draws.bits();  // a byte for each
    for (std::size_t k = i; k < std::min(i + 4, heights.size()); ++k) {
      heights[k] = amplitude * static_cast<float>(bits >> 8 * (k - i) & 0xFFU) / 255;
    }
  }
  struct Step {
    std::int32_t from, to;
    float share;
  };
  const auto steps = [](int texels, int cells) {
    std::vector<Step> all(static_cast<std::size_t>(texels));
    for (int i = 0; i < texels; ++i) {
      const float place = static_cast<float>(i * cells) / static_cast<float>(texels);
      const int cell = static_cast<int>(place);
      all[static_cast<std::size_t>(i)] = {cell, (cell + 1) % cells, eased(place - static_cast<float>(cell))};
    }
    return all;
  };
  const std::vector<Step> across = steps(field.width, columns), down = steps(field.height, rows);
  std::vector<float> line(static_cast<std::size_t>(columns));
  for (int y = 0; y < field.height; ++y) {
    const Step& step = down[static_cast<std::size_t>(y)];
    const float* upper = heights.data() + static_cast<std::ptrdiff_t>(step.from) * columns;
    const float* lower = heights.data() + static_cast<std::ptrdiff_t>(step.to) * columns;
    for (int i = 0; i < columns; ++i) line[static_cast<std::size_t>(i)] = mix(upper[i], lower[i], step.share);
    float* out = field.row(y);
    for (int x = 0; x < field.width; ++x) {
      const Step& s = across[static_cast<std::size_t>(x)];
      out[x] += mix(line[static_cast<std::size_t>(s.from)], line[static_cast<std::size_t>(s.to)], s.share);
    }
  }
}

void add_fractal(Field& field, Draws& draws, int columns, float amplitude) {
  float part = 0.5F;
  for (int octave = 0; octave < 5 && columns <= field.width; ++octave, columns *= 2, part *= 0.55F) {
    add_noise(field, draws, columns, std::max(1, columns * field.height / field.width), amplitude * part);
  }
}

// Heights by a function of the place, [0, 1) both ways.
template <typename Height>
void fill(Field& field, const Height& height) {
  for (int y = 0; y < field.height; ++y) {
    const float v = (static_cast<float>(y) + 0.5F) / static_cast<float>(field.height);
    float* out = field.row(y);
    for (int x = 0; x < field.width; ++x) {
      out[x] += height((static_cast<float>(x) + 0.5F) / static_cast<float>(field.width), v);
    }
  }
}

// A wave between 0 and 1 whose flanks are as steep as `edge` says.
float wave(float turns, float edge) { return limited(0.5F + edge * sine(turns)); }

void add_stripes(Field& field, Draws& draws) {
  const float across = static_cast<float>(draws.below(9)), down = static_cast<float>(draws.below(7));
  const float edge = draws.between(0.5F, 5), sum = across + down == 0 ? 4 : across;
  const float slant = draws.sign();
  fill(field, [&](float u, float v) { return wave(sum * u + slant * down * v, edge); });
}

void add_tiles(Field& field, Draws& draws, TextureKind kind) {
  const float n = static_cast<float>(2 + draws.below(9)), edge = draws.between(2, 6);
  const float aspect = kind == TextureKind::bricks ? 2 : 1, size = draws.between(0.04F, 0.2F);
  const float rows = std::max(
      1.0F, std::floor(n * aspect * static_cast<float>(field.height) / static_cast<float>(field.width)));
  fill(field, [&](float u, float v) {
    if (kind == TextureKind::checks) return limited(0.5F + edge * sine(n / 2 * u) * sine(rows / 2 * v));
    const float y = rows * v, shift = kind == TextureKind::bricks ? 0.5F * std::floor(y) : 0;
    const float px = wrapped(n * u + shift) - 0.5F, py = wrapped(y) - 0.5F;
    if (kind == TextureKind::dots) return limited((size - px * px - py * py) * 20);
    return limited((0.5F - std::max(std::abs(px), std::abs(py)) - 0.04F) * 12);
  });
}

void add_cells(Field& field, Draws& draws) {
  constexpr int kPoints = 14;
  std::array<Vec2, kPoints> points;
  for (Vec2& p : points) p = {draws.uniform(), draws.uniform()};
  const float steep = draws.between(1.5F, 3.5F);
  fill(field, [&](float u, float v) {
    float nearest = 1;
    for (const Vec2& p : points) {
      const float dx = std::abs(u - p.x), dy = std::abs(v - p.y);
      const float x = std::min(dx, 1 - dx), y = std::min(dy, 1 - dy);
      nearest = std::min(nearest, x * x + y * y);
    }
    return limited(steep * std::sqrt(nearest));
  });
}

// Few large ones, many small: the sizes of what is seen in photographs.
void lay_leaves(Bitmap& bitmap, Draws& draws, const Ramp& ramp) {
  const int leaves = 60 + draws.below(80);
  const float side = static_cast<float>(std::min(bitmap.width, bitmap.height));
  const bool round = draws.chance(0.5F);
  for (int i = 0; i < leaves; ++i) {
    const float size = side * 0.035F / std::max(0.08F, draws.uniform());
    const float w = size * draws.between(0.5F, 1.5F), h = size * draws.between(0.5F, 1.5F);
    const int cx = draws.below(bitmap.width), cy = draws.below(bitmap.height);
    const Pixel colour = ramp[draws.bits() >> 24U];
    for (int dy = -static_cast<int>(h); dy <= static_cast<int>(h); ++dy) {
      const float part = static_cast<float>(dy) / (h + 1);
      const int reach = static_cast<int>(round ? w * std::sqrt(1 - part * part) : w);
      Pixel* row = bitmap.row(((cy + dy) % bitmap.height + bitmap.height) % bitmap.height);
      for (int dx = -reach; dx <= reach; ++dx) {
        row[((cx + dx) % bitmap.width + bitmap.width) % bitmap.width] = colour;
      }
    }
  }
}

Field heights_of(Draws& draws, TextureKind kind, int width, int height) {
  Field field(width, height);
  switch (kind) {
    case TextureKind::flat:
      add_noise(field, draws, width / 2, height / 2, draws.between(0, 0.3F));
      break;
    case TextureKind::gradient: {
      const Vec2 along = direction(draws.uniform());
      const bool round = draws.chance(0.3F);
      fill(field, [&](float u, float v) {
        if (round) return limited(1.5F * length(Vec2{u - 0.5F, v - 0.5F}));
        return limited(0.5F + along.x * (u - 0.5F) + along.y * (v - 0.5F));
      });
      break;
    }
    case TextureKind::stripes:
      add_stripes(field, draws);
      break;
    case TextureKind::checks:
    case TextureKind::dots:
    case TextureKind::bricks:
      add_tiles(field, draws, kind);
      add_noise(field, draws, width / 4, height / 4, draws.between(0, 0.3F));
      break;
    case TextureKind::clouds: {
      const int columns = 3 + draws.below(10);
      add_noise(field, draws, columns, columns * height / width, 1);
      break;
    }
    case TextureKind::fractal:
      add_fractal(field, draws, 2 + draws.below(6), 1);
      break;
    case TextureKind::marble: {
      add_fractal(field, draws, 2 + draws.below(4), 1);
      const float bends = draws.between(1.5F, 5), edge = draws.between(0.5F, 1.5F);
      for (float& value : field.value) value = wave(bends * value, edge);
      break;
    }
    case TextureKind::grain: {
      const int fine = width / (2 + draws.below(4)), coarse = 2 + draws.below(6);
      const bool upright = draws.chance(0.5F);
      add_noise(field, draws, upright ? fine : coarse, upright ? coarse : fine, 0.6F);
      add_noise(field, draws, upright ? fine / 3 : coarse, upright ? coarse : fine / 3, 0.4F);
      break;
    }
    case TextureKind::cells:
      add_cells(field, draws);
      break;
    case TextureKind::speckle:
      add_noise(field, draws, 4, 3, 0.5F);
      add_noise(field, draws, width, height, 0.5F);
      break;
    case TextureKind::leaves:
      break;
  }
  return field;
}

}  // namespace

TextureKind draw_cloth(Draws& draws) {
  if (draws.chance(0.45F)) return TextureKind::flat;
  return static_cast<TextureKind>(draws.below(kTextureKinds));
}

TextureKind draw_surface(Draws& draws) {
  constexpr std::array kUsual = {TextureKind::fractal, TextureKind::speckle, TextureKind::leaves,
                                 TextureKind::clouds, TextureKind::flat};
  if (draws.chance(0.55F)) return draws.pick(kUsual);
  return static_cast<TextureKind>(draws.below(kTextureKinds));
}

Bitmap make_texture(Draws& draws, TextureKind kind, int width, int height, const Palette& palette,
                    const Grade& grade) {
  const Ramp ramp = make_ramp(palette, grade);
  Bitmap bitmap(width, height, ramp[128]);
  if (kind == TextureKind::leaves) {
    lay_leaves(bitmap, draws, ramp);
    return bitmap;
  }
  const Field field = heights_of(draws, kind, width, height);
  for (std::size_t i = 0; i < field.value.size(); ++i) {
    bitmap.pixels[i] = ramp[static_cast<std::size_t>(limited(field.value[i]) * 255)];
  }
  return bitmap;
}

}  // namespace c3d::synth
