// Things that bend: a bitmap whose pixels are looked up through a bent map, and chains of capsules.
#include "data/synth/actor.h"

namespace c3d::synth {
namespace {

class Soft final : public Actor {
 public:
  Soft(Draws& draws, const Setting& setting, const Part& part)
      : motion_(part.motion),
        clip_(setting.seconds),
        way_(part.direction == Direction::left || part.direction == Direction::counterclockwise ? -1.0F
                                                                                                : 1.0F),
        thing_(draw_soft(draws, setting)) {
    size_ = draws.between(0.18F, 0.38F);
    middle_ = {draws.between(-0.3F, 0.3F) * setting.half_width, draws.between(-0.16F, 0.16F)};
    beat_ = draws.between(0.9F, 1.6F);
    phase_ = draws.uniform();
    strength_ = draws.between(0.75F, 1.25F);
    waves_ = draws.between(0.6F, 1.3F);
    tilt_ = draws.between(-0.06F, 0.06F);
    if (motion_ == Motion::pulse || motion_ == Motion::stretch_out || motion_ == Motion::wobble)
      tilt_ = draws.uniform();
    speed_ = draws.between(0.3F, 0.6F);
    pole_ = Bitmap(1, 1, graded(from_hue(phase_, 0.3F, strength_ - 0.5F), setting.grade));
  }

  void draw(Bitmap& target, const View& view, float seconds) const override {
    if (motion_ == Motion::slither) return draw_snake(target, view, seconds);
    const Vec2 at = middle(seconds);
    const Vec2 middle = view.pixel_of(at), axis = direction(tilt_);
    const Vec2 right{axis.x * view.cosine_of_roll - axis.y * view.sine_of_roll,
                     axis.x * view.sine_of_roll + axis.y * view.cosine_of_roll};
    const float size = size_ * view.scale, reach = 2.1F * size,
                half = 0.5F * static_cast<float>(thing_.width);
    if (motion_ == Motion::flag) draw_pole(target, view, at);
    draw_mapped(
        target, {middle.x - reach, middle.y - reach, middle.x + reach, middle.y + reach}, thing_,
        Outside::clear, [&](Vec2 p) -> SourcePoint {
          const Vec2 d = 1 / size * (p - middle);
          const Vec2 q = bent({d.x * right.x + d.y * right.y, d.y * right.x - d.x * right.y}, seconds);
          return {{half + half * q.x, half + half * q.y}, 1};
        });
  }

  Vec2 middle(float seconds) const override {
    const bool goes = motion_ == Motion::swim || motion_ == Motion::slither;
    return goes ? Vec2{middle_.x + way_ * speed_ * (seconds - 0.5F * clip_), middle_.y} : middle_;
  }

 private:
  Bitmap draw_soft(Draws& draws, const Setting& setting) const {
    constexpr std::array kRound = {Outline::disc, Outline::blob, Outline::box, Outline::polygon,
                                   Outline::star};
    constexpr std::array kLong = {Outline::bar, Outline::drop, Outline::bar};
    const Outline outline = motion_ == Motion::swim   ? draws.pick(kLong)
                            : motion_ == Motion::flag ? Outline::box
                                                      : draws.pick(kRound);
    const TextureKind kind = static_cast<TextureKind>(1 + draws.below(kTextureKinds - 1));
    const Palette palette = draw_palette_against(draws, Mood::any, setting.ground);
    Bitmap texture = make_texture(draws, kind, 64, 64, palette, setting.grade);
    return motion_ == Motion::slither ? texture : cut_out(draws, outline, std::move(texture));
  }

  // Where in the thing at rest, [-1, 1] both ways, a place of the bent thing comes from.
  Vec2 bent(Vec2 q, float t) const {
    const float turns = beat_ * t + phase_;
    switch (motion_) {
      case Motion::wobble:
        return {q.x + 0.2F * strength_ * sine(0.5F * waves_ * q.y + 1.4F * turns),
                q.y + 0.16F * strength_ * sine(0.5F * waves_ * q.x + 1.4F * turns + 0.3F)};
      case Motion::pulse: {
        const float swell = 0.28F * strength_ * sine(turns);
        return {q.x / (1 + swell), q.y / (1 + (waves_ > 1 ? -0.8F : 1.0F) * swell)};
      }
      case Motion::flag: {
        const float far = 0.5F * (way_ * q.x + 1);
        return {q.x, q.y + 0.26F * strength_ * far * sine(0.45F * waves_ * way_ * q.x - 1.3F * turns)};
      }
      case Motion::swim: {
        const float tail = 0.2F + 0.8F * limited(0.5F - 0.5F * way_ * q.x);
        return {q.x, q.y + 0.3F * strength_ * tail * sine(0.4F * waves_ * way_ * q.x + 1.5F * turns)};
      }
      case Motion::melt: {
        const float share = eased(t / clip_ * 1.1F), low = 1 - 0.62F * share;
        const float y = (q.y - 0.9F) / low + 0.9F;
        return {q.x / (1 + 0.9F * share * limited(0.5F + 0.5F * y)), y};
      }
      case Motion::stretch_out: {
        const float share = 0.5F - 0.5F * cosine(0.55F * beat_ * t);
        return {q.x / (1 + 0.95F * share), q.y * (1 + 0.6F * share)};
      }
      case Motion::twist: {
        const float inner = limited(1 - length(q));
        return rotated(q, -way_ * strength_ * 0.75F * t * inner * 1.6F);
      }
      default:
        break;
    }
    return q;
  }

  void draw_pole(Bitmap& target, const View& view, Vec2 at) const {
    Capsule pole;
    pole.a = view.pixel_of({at.x - way_ * 0.9F * size_, at.y - 1.0F * size_});
    pole.b = view.pixel_of({at.x - way_ * 0.9F * size_, at.y + 2.2F * size_});
    pole.radius_a = pole.radius_b = 0.04F * size_ * view.scale + 0.5F;
    pole.texture = &pole_;
    draw_capsule(target, pole);
  }

  // Its body follows the path of its head.
  void draw_snake(Bitmap& target, const View& view, float seconds) const {
    constexpr int kPieces = 16;
    const float whole = 2.4F * size_, head = way_ * speed_ * (seconds - 0.5F * clip_) + way_ * whole / 2;
    const auto place = [&](float back) {
      const float x = head - way_ * back * whole;
      const float y = 0.3F * size_ * strength_ * sine(x / (0.9F * size_ * waves_) + phase_);
      return view.pixel_of(middle_ + rotated({x, y}, tilt_));
    };
    const float thick = 0.16F * size_ * view.scale;
    for (int i = kPieces - 1; i >= 0; --i) {
      const float from = static_cast<float>(i) / kPieces, to = static_cast<float>(i + 1) / kPieces;
      Capsule piece;
      piece.a = place(from);
      piece.b = place(to);
      piece.radius_a = thick * (1.1F - 0.8F * from);
      piece.radius_b = thick * (1.1F - 0.8F * to);
      piece.texture = &thing_;
      piece.texture_origin = piece.a - Vec2{64 * from, 32};
      piece.roundness = 0.4F;
      draw_capsule(target, piece);
    }
  }

  Motion motion_;
  float clip_, way_;
  Bitmap thing_, pole_;
  Vec2 middle_;
  float size_ = 0.2F, beat_ = 1, phase_ = 0, strength_ = 1, waves_ = 1, tilt_ = 0, speed_ = 0.4F;
};

}  // namespace

std::unique_ptr<Actor> make_soft(Draws& draws, const Setting& setting, const Part& part) {
  return std::make_unique<Soft>(draws, setting, part);
}

}  // namespace c3d::synth
