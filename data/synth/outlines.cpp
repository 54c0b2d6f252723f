#include "data/synth/textures.h"

namespace c3d::synth {
namespace {

struct Shape {
  Outline outline;
  float corners, waist, phase, a, b;
};

// Below 0 inside; about the distance to the border near it. The shape fits the circle of radius 1.
float outside_of(const Shape& shape, Vec2 p) {
  const float far = length(p);
  switch (shape.outline) {
    case Outline::disc:
      return far - 1;
    case Outline::box:
      return std::max(std::abs(p.x) - 0.5F - 0.4F * shape.a, std::abs(p.y) - 0.5F - 0.4F * shape.b);
    case Outline::bar:
      return std::max(std::abs(p.x) - 0.95F, std::abs(p.y) - 0.15F - 0.15F * shape.b);
    case Outline::polygon:
    case Outline::star: {
      // Within its sector a polygon's border is a straight line.
      const float place = wrapped(turns_of(p) * shape.corners + shape.phase) - 0.5F;
      const float edge = cosine(0.5F / shape.corners) / std::max(0.1F, cosine(place / shape.corners));
      const float peak = shape.outline == Outline::star ? mix(shape.waist, 1, 2 * std::abs(place)) : edge;
      return far - peak;
    }
    case Outline::ring:
      return std::abs(far - 0.75F) - 0.15F - 0.1F * shape.a;
    case Outline::cross: {
      const float arm = 0.15F + 0.2F * shape.a;
      return std::max(std::min(std::abs(p.x), std::abs(p.y)) - arm,
                      std::max(std::abs(p.x), std::abs(p.y)) - 0.9F);
    }
    case Outline::blob: {
      const float turns = turns_of(p);
      return far - 0.72F - 0.16F * sine(2 * turns + shape.a) - 0.12F * sine(3 * turns + shape.b);
    }
    case Outline::crescent:
      return std::max(far - 0.95F, 0.8F - length(p - Vec2{0.35F + 0.3F * shape.a, 0}));
    case Outline::drop:
      return far - 0.95F * (0.35F + 0.65F * eased(0.5F + 0.5F * p.x / std::max(far, 0.01F)));
  }
  return far - 1;
}

Pixel scaled(Pixel pixel, float share) {
  const auto part = static_cast<std::uint32_t>(256 * share);
  const std::uint32_t even = ((pixel & 0xFF00FFU) * part >> 8U) & 0xFF00FFU;
  const std::uint32_t odd = ((pixel >> 8U & 0xFF00FFU) * part) & 0xFF00FF00U;
  return even | odd;
}

}  // namespace

Bitmap cut_out(Draws& draws, Outline outline, Bitmap texture) {
  const Shape shape{outline,
                    static_cast<float>(3 + draws.below(5)),
                    draws.between(0.35F, 0.65F),
                    draws.uniform(),
                    draws.uniform(),
                    draws.uniform()};
  const float middle = 0.5F * static_cast<float>(texture.width), radius = middle - 3;
  for (int y = 0; y < texture.height; ++y) {
    for (int x = 0; x < texture.width; ++x) {
      const Vec2 p{(static_cast<float>(x) + 0.5F - middle) / radius,
                   (static_cast<float>(y) + 0.5F - middle) / radius};
      Pixel& pixel = texture.row(y)[x];
      pixel = scaled(pixel, limited(0.5F - radius * outside_of(shape, p)));
    }
  }
  return texture;
}

Bitmap make_puff(int size, Colour colour, float opacity, const Grade& grade) {
  const Pixel pixel = graded(colour, grade);
  Bitmap puff(size, size);
  const float middle = 0.5F * static_cast<float>(size);
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const Vec2 p{static_cast<float>(x) + 0.5F - middle, static_cast<float>(y) + 0.5F - middle};
      puff.row(y)[x] = scaled(pixel, opacity * eased(1 - length(p) / (middle - 1)));
    }
  }
  return puff;
}

}  // namespace c3d::synth
