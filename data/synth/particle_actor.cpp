// Many small things, each a function of time by its own few numbers.
#include "data/synth/actor.h"

namespace c3d::synth {
namespace {

struct Particle {
  float a = 0, b = 0, c = 0, d = 0;  // evenly drawn from [0, 1)
  std::uint32_t colour = 0;
};

// One at a moment: a disc, or a streak from where it was.
struct Spot {
  Vec2 at, before;
  float radius = 0.01F, opacity = 1;
};

class Particles final : public Actor {
 public:
  Particles(Draws& draws, const Setting& setting, const Part& part)
      : motion_(part.motion), clip_(setting.seconds), room_(setting.half_width) {
    const bool back = part.direction == Direction::left || part.direction == Direction::counterclockwise;
    way_ = back ? -1.0F : 1.0F;
    middle_ = {draws.between(-0.3F, 0.3F) * room_, draws.between(-0.15F, 0.15F)};
    speed_ = draws.between(0.8F, 1.25F);
    size_ = draws.between(0.6F, 1.7F);
    slant_ = draws.between(-0.35F, 0.35F);
    reach_ = draws.between(0.25F, 0.45F);
    start_ = draws.between(0, 0.3F);
    phase_ = draws.uniform();
    const Palette palette = draw_palette_against(draws, Mood::any, setting.ground);
    for (std::size_t i = 0; i < colours_.size(); ++i) {
      const Colour colour = palette.colours[i % static_cast<std::size_t>(palette.count)];
      colours_[i] = Bitmap(1, 1, graded(colour, setting.grade));
      puffs_[i] = make_puff(32, colour, 0.75F, setting.grade);
    }
    particles_.resize(static_cast<std::size_t>(count(draws)));
    for (Particle& p : particles_) {
      p = {draws.uniform(), draws.uniform(), draws.uniform(), draws.uniform(), draws.bits() >> 30U};
    }
  }

  void draw(Bitmap& target, const View& view, float seconds) const override {
    for (const Particle& p : particles_) {
      const Spot spot = spot_of(p, seconds);
      if (motion_ == Motion::smoke) {
        draw_thing(target, view, puffs_[p.colour], {spot.at, spot.radius, 0, 1, spot.opacity});
        continue;
      }
      Capsule c;
      c.a = view.pixel_of(spot.at);
      c.b = view.pixel_of(spot.before);
      c.radius_a = std::max(0.55F, spot.radius * size_ * view.scale);
      c.radius_b = 0.7F * c.radius_a;
      c.texture = &colours_[p.colour];
      c.opacity = spot.opacity;
      draw_capsule(target, c);
    }
  }

  Vec2 middle(float) const override { return middle_; }

 private:
  int count(Draws& draws) const {
    switch (motion_) {
      case Motion::smoke:
        return 18 + draws.below(14);
      case Motion::swarm:
        return 20 + draws.below(50);
      default:
        return 60 + draws.below(80);
    }
  }

  Spot spot_of(const Particle& p, float t) const {
    switch (motion_) {
      case Motion::rain:
        return falling(p, t, 1.7F * (0.7F + 0.5F * p.c), 0.006F, 0.07F);
      case Motion::snow: {
        Spot spot = falling(p, t, 0.4F * (0.6F + 0.8F * p.c), 0.009F + 0.01F * p.d, 0);
        spot.at.x += 0.03F * sine(0.9F * t + p.d);
        spot.before = spot.at;
        return spot;
      }
      case Motion::fountain:
        return thrown(p, t, {0.7F * (p.b - 0.5F), -1.1F - 0.5F * p.c}, {middle_.x, 0.32F + 0.4F * middle_.y});
      case Motion::sparks:
        return thrown(p, t, {1.3F * (p.b - 0.5F) + slant_, -0.25F * p.c},
                      {middle_.x, -0.32F + 0.6F * middle_.y});
      case Motion::smoke: {
        const float age = wrapped(p.a + 0.55F * speed_ * t);
        const Vec2 rise{0.25F * (p.b - 0.5F) * age + slant_ * age * age + 0.04F * sine(p.c + 1.2F * t),
                        -0.8F * age};
        return {
            Vec2{middle_.x, 0.35F} + rise, {}, size_ * (0.05F + 0.13F * age), (1 - age) * limited(8 * age)};
      }
      case Motion::explosion:
        return burst(p, t - start_ * clip_);
      case Motion::implosion:
        return burst(p, (1 - start_) * clip_ - t);
      case Motion::vortex: {
        const float radius = 0.05F + reach_ * 1.2F * std::sqrt(p.a);
        const auto place = [&](float time) {
          return middle_ + radius * direction(p.b + way_ * speed_ * time * 0.24F / (0.14F + radius));
        };
        return {place(t), place(t - 0.03F), 0.008F + 0.006F * p.c, 1};
      }
      case Motion::swarm: {
        const auto place = [&](float time) {
          const Vec2 all{0.22F * sine(0.5F * time + phase_), 0.15F * sine(0.7F * time + 2 * phase_)};
          const Vec2 own{sine((0.9F + p.a) * time + p.c) + 0.5F * sine((2 + p.b) * time + p.d),
                         sine((0.9F + p.b) * time + p.d) + 0.5F * sine((2 + p.a) * time + p.c)};
          return middle_ + all + 0.6F * reach_ * (0.3F + 0.5F * p.a) * own;
        };
        return {place(speed_ * t), place(speed_ * t - 0.03F), 0.011F, 1};
      }
      default:
        break;
    }
    const float far = wrapped(p.a + way_ * speed_ * (0.4F + 0.15F * p.c) * t);
    const float x = (far - 0.5F) * 2.3F * room_;
    const float y = middle_.y + 0.4F * reach_ * (p.b - 0.5F) * 2 + 0.12F * sine(0.8F * x + phase_);
    return {{x, y}, {x - way_ * 0.02F, y}, 0.01F + 0.008F * p.d, 1};
  }

  Spot falling(const Particle& p, float t, float rate, float radius, float streak) const {
    const float fallen = wrapped(p.b + speed_ * rate / 1.3F * t);
    const float y = 1.3F * fallen - 0.65F, x = (2.6F * p.a - 1.3F) * room_ + slant_ * y;
    return {{x, y}, {x - slant_ * streak, y - streak}, radius, 0.85F};
  }

  Spot thrown(const Particle& p, float t, Vec2 speed, Vec2 from) const {
    constexpr float kGravity = 2.3F, kLife = 1.15F;
    const float age = kLife * wrapped(p.a + speed_ / kLife * t);
    const auto place = [&](float a) { return from + a * speed + Vec2{0, 0.5F * kGravity * a * a}; };
    return {place(age), place(age - 0.02F), 0.009F + 0.006F * p.d, 1};
  }

  // After time 0 everything flies from the middle, and slows down.
  Spot burst(const Particle& p, float t) const {
    const auto place = [&](float time) {
      const float late = std::max(0.0F, time) * 2.2F * speed_;
      const float far = 1.5F * reach_ * (0.25F + 0.75F * p.b) * late / (0.6F + late) + 0.03F * p.c;
      return middle_ + far * direction(p.a) + Vec2{0, 0.05F * late * late};
    };
    return {place(t), place(t - 0.03F), 0.013F + 0.009F * p.d, 1};
  }

  Motion motion_;
  float clip_, room_;
  float way_ = 1, speed_ = 1, size_ = 1, slant_ = 0, reach_ = 0.3F, start_ = 0, phase_ = 0;
  Vec2 middle_;
  std::array<Bitmap, 4> colours_, puffs_;
  std::vector<Particle> particles_;
};

}  // namespace

std::unique_ptr<Actor> make_particles(Draws& draws, const Setting& setting, const Part& part) {
  return std::make_unique<Particles>(draws, setting, part);
}

}  // namespace c3d::synth
