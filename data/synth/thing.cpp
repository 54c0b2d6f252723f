#include "data/synth/actor.h"

namespace c3d::synth {

Bitmap draw_thing(Draws& draws, const Setting& setting, int texels) {
  const auto outline = static_cast<Outline>(draws.below(kOutlines));
  const TextureKind kind =
      draws.chance(0.3F) ? TextureKind::flat : static_cast<TextureKind>(draws.below(kTextureKinds));
  const Palette palette = draw_palette_against(draws, Mood::any, setting.ground);
  return cut_out(draws, outline, make_texture(draws, kind, texels, texels, palette, setting.grade));
}

void draw_thing(Bitmap& target, const View& view, const Bitmap& thing, const Pose2& pose) {
  const float size = pose.size * view.scale, half = 0.5F * static_cast<float>(thing.width);
  const float squeeze = std::abs(pose.squeeze) < 0.03F ? 0.03F : pose.squeeze;
  if (size < 0.3F || pose.opacity <= 0) return;
  const Vec2 middle = view.pixel_of(pose.at), axis = direction(pose.turns);
  // The world's turn is the thing's too.
  const Vec2 right{axis.x * view.cosine_of_roll - axis.y * view.sine_of_roll,
                   axis.x * view.sine_of_roll + axis.y * view.cosine_of_roll};
  const float reach = 1.42F * size, texels = half / size;
  draw_mapped(target, {middle.x - reach, middle.y - reach, middle.x + reach, middle.y + reach}, thing,
              Outside::clear, [&](Vec2 p) -> SourcePoint {
                const Vec2 d = p - middle;
                return {{half + texels / squeeze * (d.x * right.x + d.y * right.y),
                         half + texels * (d.y * right.x - d.x * right.y)},
                        pose.opacity};
              });
}

std::unique_ptr<Actor> make_actor(Draws& draws, const Setting& setting, const Part& part) {
  switch (facts_of(part.motion).actor) {
    case ActorKind::figure:
      return make_figure(draws, setting, part);
    case ActorKind::two_figures:
      return make_pair(draws, setting, part);
    case ActorKind::rigid:
      return make_rigid(draws, setting, part);
    case ActorKind::soft:
      return make_soft(draws, setting, part);
    case ActorKind::particles:
      return make_particles(draws, setting, part);
    case ActorKind::flow:
      break;
  }
  return make_flow(draws, setting, part);
}

}  // namespace c3d::synth
