// Surfaces that flow: a texture looked up through a field that changes with time, over the whole picture or a
// part of it.
#include "data/synth/actor.h"

namespace c3d::synth {
namespace {

constexpr int kTexels = 128;
constexpr float kFlowTexelsPerHeight = 128;

class Flow final : public Actor {
 public:
  Flow(Draws& draws, const Setting& setting, const Part& part)
      : motion_(part.motion), surface_(draw_texture(draws, setting)) {
    const bool back = part.direction == Direction::left || part.direction == Direction::counterclockwise ||
                      part.direction == Direction::up;
    const bool upright = part.direction == Direction::up || part.direction == Direction::down;
    way_ = (back ? -1.0F : 1.0F) * (upright ? Vec2{0, 1} : Vec2{1, 0});
    way_ = rotated(way_, draws.between(-0.04F, 0.04F));
    if (motion_ == Motion::fire) way_ = {0, -1};
    sense_ = back ? -1.0F : 1.0F;
    middle_ = {draws.between(-0.25F, 0.25F), draws.between(-0.15F, 0.15F)};
    speed_ = draws.between(0.75F, 1.3F);
    strength_ = draws.between(0.7F, 1.2F);
    wave_ = draws.between(0.16F, 0.3F);
    for (float& phase : phases_) phase = draws.uniform();
    whole_ = draws.chance(0.4F);
    half_ = {draws.between(0.28F, 0.55F), draws.between(0.22F, 0.42F)};
    round_ = draws.chance(0.5F);
    if (motion_ == Motion::fire) {
      whole_ = false;
      round_ = true;
      half_ = {draws.between(0.16F, 0.36F), draws.between(0.3F, 0.45F)};
    }
  }

  void draw(Bitmap& target, const View& view, float seconds) const override {
    const float edge = motion_ == Motion::fire ? 5 : 0.5F * view.scale;
    draw_mapped(target, {0, 0, static_cast<float>(target.width), static_cast<float>(target.height)}, surface_,
                Outside::repeat, [&](Vec2 pixel) -> SourcePoint {
                  const Vec2 p = view.world_of(pixel) - middle_;
                  const Vec2 from = source_of(p, seconds);
                  return {kFlowTexelsPerHeight * from + Vec2{kTexels * 8, kTexels * 8},
                          whole_ ? 1 : edge * inside(p, seconds)};
                });
  }

  Vec2 middle(float) const override { return middle_; }

 private:
  Bitmap draw_texture(Draws& draws, const Setting& setting) const {
    constexpr std::array kTold = {TextureKind::fractal, TextureKind::marble, TextureKind::clouds,
                                  TextureKind::cells,   TextureKind::leaves, TextureKind::speckle,
                                  TextureKind::stripes, TextureKind::dots,   TextureKind::grain};
    const TextureKind kind = draws.pick(kTold);
    Palette palette = draw_strong_palette(draws, setting.ground);
    if (motion_ == Motion::fire && draws.chance(0.6F)) {
      palette.colours = {{{0.2F, 0.03F, 0}, {0.8F, 0.25F, 0.03F}, {1, 0.65F, 0.1F}, {1, 0.95F, 0.6F}}};
      palette.count = 4;
    }
    return make_texture(draws, kind, kTexels, kTexels, palette, setting.grade);
  }

  // Above 0 within the part of the picture that flows.
  float inside(Vec2 p, float t) const {
    if (motion_ == Motion::fire) {
      const float height = limited(0.5F - p.y / (2 * half_.y));
      const float lick =
          0.25F * sine(3 * p.x + 2.3F * t + phases_[0]) * height + 0.2F * sine(7 * p.x - 1.7F * t) * height;
      const float wide = half_.x * (1 - height) * (0.6F + 0.4F * sine(0.15F + 0.2F * height)) + 0.02F;
      return std::min(1 - std::abs(p.x + 0.06F * height * sine(1.5F * t + height)) / wide + lick,
                      3 * (half_.y - p.y));
    }
    if (round_) return 1 - (p.x * p.x) / (half_.x * half_.x) - (p.y * p.y) / (half_.y * half_.y);
    return 4 * std::min(half_.x - std::abs(p.x), half_.y - std::abs(p.y));
  }

  Vec2 source_of(Vec2 p, float t) const {
    const float along = p.x * way_.x + p.y * way_.y, aside = p.y * way_.x - p.x * way_.y;
    switch (motion_) {
      case Motion::waves: {
        const float swell = 0.045F * strength_ * sine(along / wave_ - 1.4F * speed_ * t + phases_[0]);
        return p + swell * way_ - 0.12F * t * way_;
      }
      case Motion::ripple: {
        const float far = length(p) + 0.02F;
        const float swell =
            0.05F * strength_ * sine(far / (0.7F * wave_) - 1.6F * speed_ * t) / (0.6F + 2 * far);
        return p + swell / far * p;
      }
      case Motion::river: {
        const float rate = 0.75F * speed_ * (1 - 1.2F * limited(aside * aside));
        const float drift = 0.03F * strength_ * sine(2 * along - 0.8F * t + phases_[1]);
        return p - rate * t * way_ + drift * Vec2{-way_.y, way_.x};
      }
      case Motion::whirlpool: {
        const float far = length(p);
        return (1 + 0.25F * t) * rotated(p, -sense_ * speed_ * t * 0.22F / (0.18F + far));
      }
      case Motion::turbulence: {
        Vec2 q = p;
        for (int i = 0; i < 3; ++i) {
          const float k = 1.6F + static_cast<float>(i), a = 0.05F * strength_, w = speed_ * (0.8F + 0.3F * k);
          const auto at = static_cast<std::size_t>(i);
          q = {q.x + a * sine(k * q.y + w * t + phases_[at]),
               q.y + a * sine(k * q.x - w * t + phases_[at + 1])};
        }
        return q;
      }
      default:
        break;
    }
    const float sway = 0.05F * strength_ * sine(2.2F * p.y + 1.6F * t + phases_[2]);
    return {p.x + sway, 0.7F * p.y + 0.9F * speed_ * t};
  }

  Motion motion_;
  Bitmap surface_;
  Vec2 way_, middle_, half_;
  float sense_ = 1, speed_ = 1, strength_ = 1, wave_ = 0.2F;
  std::array<float, 4> phases_{};
  bool whole_ = false, round_ = false;
};

}  // namespace

std::unique_ptr<Actor> make_flow(Draws& draws, const Setting& setting, const Part& part) {
  return std::make_unique<Flow>(draws, setting, part);
}

}  // namespace c3d::synth
