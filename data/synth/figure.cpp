#include "data/synth/figure.h"

namespace c3d::synth {
namespace {

constexpr int kClothTexels = 32;
constexpr float kTexelsPerHeight = 100;

struct Limb {
  Capsule capsule;
  float nearness;
};

class Painter {
 public:
  Painter(const View& view, const Stage& stage, std::vector<Limb>& limbs)
      : view_(view), stage_(stage), limbs_(limbs) {}

  void add(const DrawnFigure& figure) {
    figure_ = &figure;
    const Clothes& clothes = *figure.clothes;
    const Skeleton& body = figure.skeleton;
    add_torso(body, clothes);
    for (const Limbs& arm : body.arms) {
      const Bitmap& sleeve = clothes.long_sleeves ? clothes.shirt : clothes.skin;
      limb(arm.upper, arm.middle, 0.037F, 0.029F, clothes.shirt, 0);
      limb(arm.middle, arm.end, 0.029F, 0.021F, sleeve, 0.01F);
      limb(arm.end, arm.tip, 0.022F, 0.015F, clothes.gloves ? clothes.shoes : clothes.skin, 0.012F);
    }
    for (const Limbs& leg : body.legs) {
      const Bitmap& lower = clothes.long_trousers ? clothes.trousers : clothes.skin;
      limb(leg.upper, leg.middle, 0.06F, 0.043F, clothes.trousers, 0);
      limb(leg.middle, leg.end, 0.042F, 0.028F, lower, -0.01F);
      limb(mix(leg.end, leg.tip, -0.15F), leg.tip, 0.027F, 0.018F, clothes.shoes, 0);
      if (clothes.skirt > 0) {
        limb(leg.upper, mix(leg.upper, leg.middle, clothes.skirt), 0.07F, 0.075F, clothes.shirt, 0.015F);
      }
    }
  }

 private:
  void add_torso(const Skeleton& body, const Clothes& clothes) {
    const Build& build = *figure_->build;
    const Vec3 aside = 0.058F * build.stature * build.shoulders * body.left;
    const Vec3 hips = 0.5F * (body.legs[0].upper - body.legs[1].upper);
    const Vec3 collar = mix(body.neck, body.waist, 0.22F);
    for (const float side : {-1.0F, 0.0F, 1.0F}) {
      const Vec3 loin = body.waist + side * 0.6F * (aside + hips);
      limb(collar + side * aside, loin, 0.064F, 0.056F, clothes.shirt, 0.012F);
      limb(loin, body.pelvis + side * hips, 0.056F, 0.06F, clothes.shirt, 0.008F);
    }
    const float head = build.head;
    const Vec3 up = 1 / std::max(0.01F, length(body.head - body.neck)) * (body.head - body.neck);
    const float size = build.stature * head;
    const Vec3 front = 0.3F * (body.face - body.head);
    limb(body.neck, mix(body.neck, body.head, 0.6F), 0.034F, 0.03F, clothes.skin, -0.005F);
    limb(body.head + -0.024F * size * up + front, body.head + 0.016F * size * up + 0.6F * front,
         0.047F * head, 0.052F * head, clothes.skin, 0.004F);
    limb(body.head + 0.032F * size * up - 0.55F * front, body.head + -0.004F * size * up - front,
         0.05F * head, 0.05F * head, clothes.hair, 0);
    limb(body.head + 0.04F * size * up + 0.3F * front, body.head + 0.034F * size * up - front, 0.045F * head,
         0.048F * head, clothes.hair, 0.03F);
  }

  // `nearer` lifts a limb over another at the same depth.
  void limb(Vec3 from, Vec3 to, float radius_from, float radius_to, const Bitmap& texture, float nearer) {
    const Seen a = see(stage_, from), b = see(stage_, to);
    const float stature = figure_->build->stature * view_.scale;
    const float thick = stature * mix(1, figure_->build->stout, radius_from > 0.04F ? 1 : 0.6F);
    Limb limb;
    limb.nearness = 0.5F * (a.nearness + b.nearness) + nearer;
    Capsule& c = limb.capsule;
    c.a = view_.pixel_of(a.at);
    c.b = view_.pixel_of(b.at);
    c.radius_a = std::max(0.6F, radius_from * a.scale * thick);
    c.radius_b = std::max(0.5F, radius_to * b.scale * thick);
    c.texture = &texture;
    c.texture_origin = c.a;
    const float texels = kTexelsPerHeight / (a.scale * stature);
    const Vec2 along = c.b - c.a;
    const float size = length(along);
    c.texture_axis = size > 0.5F ? texels / size * along : Vec2{texels, 0};
    // The three strips of a torso are not three tubes.
    c.roundness = figure_->clothes->roundness *
                  (radius_from > 0.052F && &texture == &figure_->clothes->shirt ? 0.25F : 1);
    c.brightness = std::clamp(1 + 0.8F * (limb.nearness - figure_nearness()), 0.72F, 1.0F);
    limbs_.push_back(limb);
  }

  float figure_nearness() const { return see(stage_, figure_->skeleton.neck).nearness + 0.03F; }

  const View& view_;
  const Stage& stage_;
  std::vector<Limb>& limbs_;
  const DrawnFigure* figure_ = nullptr;
};

void draw_shadow(Bitmap& target, const View& view, const Stage& stage, const DrawnFigure& figure) {
  const Skeleton& body = figure.skeleton;
  Vec3 foot = 0.25F * (body.legs[0].end + body.legs[1].end + body.pelvis + body.neck);
  foot.y = 0;
  const float spread = 0.17F * figure.build->stature +
                       0.5F * (std::abs(body.neck.x - body.pelvis.x) + std::abs(body.neck.z - body.pelvis.z));
  const Seen seen = see(stage, foot);
  const Vec2 middle = view.pixel_of(seen.at);
  const float wide = spread * seen.scale * view.scale;
  const float high = wide * std::max(0.2F, stage.sine_of_view);
  const Bitmap& puff = figure.clothes->shadow;
  const float half = 0.5F * static_cast<float>(puff.width), opacity = figure.clothes->shadow_opacity;
  draw_mapped(
      target, {middle.x - wide, middle.y - high, middle.x + wide, middle.y + high}, puff, Outside::clear,
      [&](Vec2 p) -> SourcePoint {
        return {{half + half * (p.x - middle.x) / wide, half + half * (p.y - middle.y) / high}, opacity};
      });
}

}  // namespace

Seen see(const Stage& stage, Vec3 point) {
  const float height = point.y * stage.cosine_of_view - point.z * stage.sine_of_view;
  const float nearness = point.z * stage.cosine_of_view + point.y * stage.sine_of_view;
  const float scale = stage.scale / std::max(0.3F, 1 - stage.perspective * nearness);
  return {stage.origin + scale * Vec2{point.x, -height}, scale, nearness};
}

Clothes draw_clothes(Draws& draws, const Grade& grade, Colour ground) {
  Clothes clothes;
  const auto cloth = [&] {
    const TextureKind kind = draw_cloth(draws);
    const Mood mood = draws.chance(0.6F) ? Mood::plain : Mood::any;
    const Palette palette = draw_palette_against(draws, mood, ground);
    return make_texture(draws, kind, kClothTexels, kClothTexels, palette, grade);
  };
  const auto plain = [&](Colour colour) { return Bitmap(1, 1, graded(colour, grade)); };
  clothes.shirt = cloth();
  clothes.trousers = draws.chance(0.15F) ? clothes.shirt : cloth();
  clothes.skin = plain(draw_skin(draws));
  const float age = draws.uniform();
  clothes.hair =
      plain(draws.chance(0.7F) ? mix(Colour{0.07F, 0.05F, 0.04F}, Colour{0.55F, 0.4F, 0.22F}, age * age)
                               : from_hue(age, 0.6F, age));
  clothes.shoes = plain(from_hue(age, 0.3F, draws.chance(0.7F) ? 0.15F : 0.85F));
  clothes.long_sleeves = draws.chance(0.55F);
  clothes.long_trousers = draws.chance(0.8F);
  clothes.gloves = draws.chance(0.06F);
  if (draws.chance(0.2F)) clothes.skirt = draws.between(0.3F, 1);
  clothes.shadow = make_puff(32, {0, 0, 0}, 1, grade);
  if (draws.chance(0.7F)) clothes.shadow_opacity = draws.between(0.2F, 0.7F);
  clothes.roundness = draws.between(0.1F, 0.55F);
  return clothes;
}

void draw_figures(Bitmap& target, const View& view, const Stage& stage,
                  const std::vector<DrawnFigure>& figures) {
  std::vector<Limb> limbs;
  limbs.reserve(figures.size() * 28);
  Painter painter(view, stage, limbs);
  for (const DrawnFigure& figure : figures) {
    if (figure.clothes->shadow_opacity > 0) draw_shadow(target, view, stage, figure);
    painter.add(figure);
  }
  std::stable_sort(limbs.begin(), limbs.end(),
                   [](const Limb& a, const Limb& b) { return a.nearness < b.nearness; });
  for (const Limb& limb : limbs) draw_capsule(target, limb.capsule);
}

}  // namespace c3d::synth
