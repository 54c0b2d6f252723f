#include "data/synth/bitmap.h"

namespace c3d::synth {
namespace {

constexpr std::uint64_t kLanes = 0x00FF00FF00FF00FF;

// The four bytes of a pixel (in the order R, B, G, A), each in 16 bits, so that one multiplication scales
// all.
constexpr std::uint64_t spread(Pixel pixel) { return (pixel | std::uint64_t{pixel} << 24U) & kLanes; }
constexpr Pixel joined(std::uint64_t lanes) { return static_cast<Pixel>(lanes | lanes >> 24U); }
// share: 0 to 256.
constexpr std::uint64_t mixed(std::uint64_t a, std::uint64_t b, std::uint32_t share) {
  return (a * (256 - share) + b * share) >> 8U & kLanes;
}

// Laid over: both are multiplied by their alpha.
constexpr Pixel over(Pixel below, std::uint64_t above, std::uint32_t share) {
  const std::uint64_t scaled = share == 256 ? above : (above * share) >> 8U & kLanes;
  const auto alpha = static_cast<std::uint32_t>(joined(scaled) >> 24U);
  const std::uint32_t left = 256 - alpha - (alpha >> 7U);
  return joined(((spread(below) * left) >> 8U & kLanes) + scaled);
}

struct Interval {
  float low, high;
};

// Where the row at height y may meet the capsule.
Interval row_interval(const Capsule& c, float radius, float y) {
  const Vec2 d = c.b - c.a;
  Interval x{std::min(c.a.x, c.b.x) - radius, std::max(c.a.x, c.b.x) + radius};
  // The capsule lies in the strip |cross(p - a, d)| <= radius * |d|.
  const float reach = radius * length(d);
  if (std::abs(d.y) > 0.05F * std::abs(d.x) && std::abs(d.y) > 1e-3F) {
    const float middle = c.a.x + (y - c.a.y) * d.x / d.y, half = reach / std::abs(d.y);
    x = {std::max(x.low, middle - half), std::min(x.high, middle + half)};
  }
  return x;
}

// Weights of four neighbours, 256 in all: sums of bytes then fit into 16 bits.
struct Weights {
  std::uint16_t here, right, below, diagonal;
};
// The pointers do not overlap, so that compilers may handle many bytes at once.
void mix_rows(std::uint8_t* __restrict out, const std::uint8_t* __restrict upper,
              const std::uint8_t* __restrict lower, int bytes, Weights w) {
  for (int i = 0; i < bytes; ++i) {
    const auto top = static_cast<std::uint16_t>(w.here * upper[i] + w.right * upper[i + 4]);
    const auto bottom = static_cast<std::uint16_t>(w.below * lower[i] + w.diagonal * lower[i + 4]);
    out[i] = static_cast<std::uint8_t>(static_cast<std::uint16_t>(top + bottom) >> 8U);
  }
}

void soften_row(std::uint8_t* __restrict out, const std::uint8_t* __restrict in, int bytes) {
  for (int i = 4; i < bytes - 4; ++i) {
    out[i] = static_cast<std::uint8_t>((in[i - 4] + 2 * in[i] + in[i + 4] + 2) >> 2);
  }
  for (int i = 0; i < 4; ++i) {
    out[i] = in[i];
    out[bytes - 4 + i] = in[bytes - 4 + i];
  }
}

void soften_column(std::uint8_t* __restrict out, const std::uint8_t* __restrict above,
                   const std::uint8_t* __restrict here, const std::uint8_t* __restrict below, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    out[i] = static_cast<std::uint8_t>((above[i] + 2 * here[i] + below[i] + 2) >> 2);
  }
}

}  // namespace

void draw_capsule(Bitmap& target, const Capsule& c) {
  const Vec2 d = c.b - c.a;
  const float square = d.x * d.x + d.y * d.y, inverse = square > 1e-6F ? 1 / square : 0;
  const float radius = std::max(c.radius_a, c.radius_b) + 0.5F, growth = c.radius_b - c.radius_a;
  const float top = std::min(c.a.y, c.b.y) - radius, bottom = std::max(c.a.y, c.b.y) + radius;
  const int first_row = std::max(0, static_cast<int>(std::floor(std::max(top, -1.0F))));
  const int last_row = std::min(
      target.height - 1, static_cast<int>(std::floor(std::min(bottom, static_cast<float>(target.height)))));
  const float bright = 256 * c.brightness, dark = bright * c.roundness / (radius * radius);
  const float opacity = 256 * c.opacity;
  const int columns = c.texture->width - 1, rows = c.texture->height - 1;
  std::array<std::int32_t, kLargestSide> cover;  // filled as far as it is read
  std::array<std::int32_t, kLargestSide> light;
  for (int y = first_row; y <= last_row; ++y) {
    const float py = static_cast<float>(y) + 0.5F;
    const Interval x = row_interval(c, radius, py);
    const int first = static_cast<int>(std::floor(std::clamp(x.low - 0.5F, 0.0F, 8000.0F)));
    const int last = std::min(target.width - 1, static_cast<int>(std::clamp(x.high + 0.5F, -1.0F, 8000.0F)));
    const int count = std::min(last - first + 1, kLargestSide);
    if (count <= 0) continue;
    const float ry = py - c.a.y, rx0 = static_cast<float>(first) + 0.5F - c.a.x;
    for (int i = 0; i < count; ++i) {
      const float rx = rx0 + static_cast<float>(i);
      float t = (rx * d.x + ry * d.y) * inverse;
      t = t < 0 ? 0 : t;
      t = t > 1 ? 1 : t;
      const float qx = rx - t * d.x, qy = ry - t * d.y, distance = qx * qx + qy * qy;
      float inside = c.radius_a + t * growth + 0.5F - std::sqrt(distance);
      inside = inside < 0 ? 0 : inside;
      inside = inside > 1 ? 1 : inside;
      cover[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(inside * opacity);
      light[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(bright - dark * distance);
    }
    Pixel* out = target.row(y) + first;
    const Vec2 start{static_cast<float>(first) + 0.5F - c.texture_origin.x, py - c.texture_origin.y};
    const auto fixed = [](float v) { return static_cast<std::int32_t>(std::floor(v * 256)); };
    std::int32_t u = fixed(start.x * c.texture_axis.x + start.y * c.texture_axis.y);
    std::int32_t v = fixed(start.y * c.texture_axis.x - start.x * c.texture_axis.y);
    const std::int32_t du = fixed(c.texture_axis.x), dv = fixed(-c.texture_axis.y);
    for (int i = 0; i < count; ++i, u += du, v += dv) {
      const auto share = static_cast<std::uint32_t>(cover[static_cast<std::size_t>(i)]);
      if (share == 0) continue;
      const std::uint64_t texel = spread(c.texture->row(v >> 8 & rows)[u >> 8 & columns]);
      const auto factor = static_cast<std::uint32_t>(std::clamp(light[static_cast<std::size_t>(i)], 0, 256));
      out[i] = joined(mixed(spread(out[i]), (texel * factor) >> 8U & kLanes, share)) | 0xFF000000U;
    }
  }
}

namespace {

constexpr int kCell = 8;

// Between texels; u and v have 16 bits behind the point and are at the texel's corner.
enum class Reading : std::uint8_t { clear, repeat, extend, inside };  // inside: no texel is beyond the border

template <Reading outside>
std::uint64_t sampled(const Bitmap& source, std::int32_t u, std::int32_t v, bool& clear) {
  int x0 = u >> 16, y0 = v >> 16, x1 = x0 + 1, y1 = y0 + 1;
  if constexpr (outside == Reading::clear) {
    clear = x0 < 0 || y0 < 0 || x1 >= source.width || y1 >= source.height;
    if (clear) return 0;
  } else if constexpr (outside == Reading::repeat) {
    x0 &= source.width - 1;
    x1 &= source.width - 1;
    y0 &= source.height - 1;
    y1 &= source.height - 1;
  } else if constexpr (outside == Reading::extend) {
    x0 = std::clamp(x0, 0, source.width - 1);
    x1 = std::clamp(x1, 0, source.width - 1);
    y0 = std::clamp(y0, 0, source.height - 1);
    y1 = std::clamp(y1, 0, source.height - 1);
  }
  const auto fx = static_cast<std::uint32_t>(u >> 8 & 0xFF), fy = static_cast<std::uint32_t>(v >> 8 & 0xFF);
  const Pixel *top = source.row(y0), *bottom = source.row(y1);
  return mixed(mixed(spread(top[x0]), spread(top[x1]), fx), mixed(spread(bottom[x0]), spread(bottom[x1]), fx),
               fy);
}

struct Node {
  float u, v, cover;
};
Node operator*(float s, Node a) { return {s * a.u, s * a.v, s * a.cover}; }
Node operator+(Node a, Node b) { return {a.u + b.u, a.v + b.v, a.cover + b.cover}; }
Node operator-(Node a, Node b) { return {a.u - b.u, a.v - b.v, a.cover - b.cover}; }

std::int32_t fixed_point(float value) { return static_cast<std::int32_t>(std::floor(value)); }

template <Reading outside>
void draw_row(Pixel* out, int count, const Bitmap& source, Node start, Node step) {
  std::int32_t u = fixed_point(start.u), v = fixed_point(start.v), cover = fixed_point(start.cover);
  const std::int32_t du = fixed_point(step.u), dv = fixed_point(step.v), dc = fixed_point(step.cover);
  for (int i = 0; i < count; ++i, u += du, v += dv, cover += dc) {
    if (cover <= 0) continue;
    bool clear = false;
    const std::uint64_t texel = sampled<outside>(source, u, v, clear);
    if (clear || texel == 0) continue;
    const bool hides = cover >= 65536 && texel >> 48U == 0xFF;  // alpha has the highest lane
    out[i] =
        hides ? joined(texel) : over(out[i], texel, static_cast<std::uint32_t>(std::min(cover >> 8, 256)));
  }
}

using DrawRow = void (*)(Pixel*, int, const Bitmap&, Node, Node);

DrawRow row_function(Outside outside) {
  switch (outside) {
    case Outside::clear:
      return draw_row<Reading::clear>;
    case Outside::repeat:
      return draw_row<Reading::repeat>;
    case Outside::extend:
      break;
  }
  return draw_row<Reading::extend>;
}

bool is_inside(const Bitmap& source, Node node) {
  constexpr float kSlack = kCell;  // steps are rounded down: by less than 1 in each pixel of a cell
  return node.u >= kSlack && node.v >= kSlack && node.u < 65536 * static_cast<float>(source.width - 2) &&
         node.v < 65536 * static_cast<float>(source.height - 2);
}

}  // namespace

void draw_mapped(Bitmap& target, const Box& box, const Bitmap& source, Outside outside,
                 const SourceMap& map) {
  const auto whole = [](float v, int most) {
    return static_cast<int>(std::clamp(std::floor(v), 0.0F, static_cast<float>(most)));
  };
  const int left = whole(box.left, target.width), right = whole(box.right + 1, target.width);
  const int top = whole(box.top, target.height), bottom = whole(box.bottom + 1, target.height);
  if (left >= right || top >= bottom) return;
  const DrawRow draw = row_function(outside);
  const int columns = (right - left + kCell - 1) / kCell;
  // Places up to 2^14 texels away in 16.16; what is further is outside anyway.
  const auto node = [&](int x, int y) {
    const SourcePoint p = map({static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F});
    return Node{65536 * std::clamp(p.at.x - 0.5F, -16000.0F, 16000.0F),
                65536 * std::clamp(p.at.y - 0.5F, -16000.0F, 16000.0F),
                65536 * std::clamp(p.cover, -4000.0F, 4000.0F)};
  };
  std::vector<Node> above(static_cast<std::size_t>(columns) + 1), below(above.size());
  const auto fill = [&](std::vector<Node>& nodes, int y) {
    for (int i = 0; i <= columns; ++i) nodes[static_cast<std::size_t>(i)] = node(left + i * kCell, y);
  };
  fill(above, top);
  for (int y0 = top; y0 < bottom; y0 += kCell, above.swap(below)) {
    fill(below, y0 + kCell);
    for (int y = y0; y < std::min(y0 + kCell, bottom); ++y) {
      const float share = static_cast<float>(y - y0) / kCell;
      for (int i = 0; i < columns; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const Node start = above[at] + share * (below[at] - above[at]);
        const Node end = above[at + 1] + share * (below[at + 1] - above[at + 1]);
        const int x = left + i * kCell;
        const bool inside = is_inside(source, start) && is_inside(source, end);
        (inside ? draw_row<Reading::inside> : draw)(target.row(y) + x, std::min(kCell, right - x), source,
                                                    start, 1.0F / kCell * (end - start));
      }
    }
  }
}

void copy_moved(Bitmap& target, const Bitmap& source, float x, float y) {
  const int x0 = static_cast<int>(std::floor(x)), y0 = static_cast<int>(std::floor(y));
  const int fx = static_cast<int>((x - static_cast<float>(x0)) * 16);
  const int fy = static_cast<int>((y - static_cast<float>(y0)) * 16);
  const auto weight = [](int x_part, int y_part) { return static_cast<std::uint16_t>(x_part * y_part); };
  const Weights weights{weight(16 - fx, 16 - fy), weight(fx, 16 - fy), weight(16 - fx, fy), weight(fx, fy)};
  std::vector<Pixel> upper(static_cast<std::size_t>(target.width) + 1), lower(upper.size());
  const auto fetch = [&](std::vector<Pixel>& line, int row) {
    const Pixel* from = source.row(std::clamp(row, 0, source.height - 1));
    const int first = std::clamp(-x0, 0, target.width + 1);
    const int last = std::clamp(source.width - x0, first, target.width + 1);
    std::fill(line.begin(), line.begin() + first, from[0]);
    std::copy(from + x0 + first, from + x0 + last, line.begin() + first);
    std::fill(line.begin() + last, line.end(), from[source.width - 1]);
  };
  fetch(upper, y0);
  for (int row = 0; row < target.height; ++row, upper.swap(lower)) {
    fetch(lower, y0 + row + 1);
    mix_rows(reinterpret_cast<std::uint8_t*>(target.row(row)),
             reinterpret_cast<const std::uint8_t*>(upper.data()),
             reinterpret_cast<const std::uint8_t*>(lower.data()), 4 * target.width, weights);
  }
}

void blur(Bitmap& bitmap) {
  const int bytes = 4 * bitmap.width;
  const auto byte_row = [&](int y) { return reinterpret_cast<std::uint8_t*>(bitmap.row(y)); };
  std::vector<std::uint8_t> above(static_cast<std::size_t>(bytes)), below(above.size());
  std::vector<std::uint8_t> here(above.size());
  soften_row(here.data(), byte_row(0), bytes);
  above = here;
  for (int y = 0; y < bitmap.height; ++y) {
    if (y + 1 < bitmap.height) {
      soften_row(below.data(), byte_row(y + 1), bytes);
    } else {
      below = here;
    }
    soften_column(byte_row(y), above.data(), here.data(), below.data(), bytes);
    above.swap(here);
    here.swap(below);
  }
}

}  // namespace c3d::synth
