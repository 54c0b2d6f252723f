#include "data/synth/backdrop.h"

namespace c3d::synth {
namespace {

constexpr float kBeyond = 1.5F;  // of the picture's size, both ways
constexpr int kSurface = 128;    // texels of the textures of walls and floors

Mood draw_mood(Draws& draws) { return draws.chance(0.6F) ? Mood::natural : Mood::any; }

void lay_surface(Bitmap& target, Draws& draws, const Grade& grade, const Palette& palette, int from, int to) {
  const TextureKind kind = draw_surface(draws);
  const Bitmap texture = make_texture(draws, kind, kSurface, kSurface, palette, grade);
  // From half a texel a pixel, where a texture looks near, to two.
  const float across = draws.between(0.4F, 1.1F), down = across * draws.between(0.7F, 1.6F);
  const bool once = kind == TextureKind::gradient;
  const float fit_x = static_cast<float>(kSurface) / static_cast<float>(target.width);
  const float fit_y = static_cast<float>(kSurface) / static_cast<float>(std::max(1, to - from));
  draw_mapped(target,
              {0, static_cast<float>(from), static_cast<float>(target.width), static_cast<float>(to - 1)},
              texture, once ? Outside::extend : Outside::repeat, [&](Vec2 p) -> SourcePoint {
                const float y = p.y - static_cast<float>(from);
                return {{p.x * (once ? fit_x : across), y * (once ? fit_y : down)}, 1};
              });
}

}  // namespace

Backdrop paint_backdrop(Draws& draws, const Grade& grade, float half_width, int height) {
  Backdrop backdrop;
  backdrop.scale = static_cast<float>(height);
  const int tall = static_cast<int>(kBeyond * backdrop.scale);
  const int wide = static_cast<int>(kBeyond * 2 * half_width * backdrop.scale) + 1;
  backdrop.picture = Bitmap(wide, tall, 0xFF000000U);
  const Palette wall = draw_palette(draws, draw_mood(draws));
  backdrop.mean = wall.mean();
  lay_surface(backdrop.picture, draws, grade, wall, 0, tall);
  if (draws.chance(0.45F)) {
    const Palette floor = draw_palette(draws, draw_mood(draws));
    const int horizon = static_cast<int>(static_cast<float>(tall) * draws.between(0.35F, 0.75F));
    lay_surface(backdrop.picture, draws, grade, floor, horizon, tall);
    backdrop.mean = mix(backdrop.mean, floor.mean(), 0.4F);
  }
  if (draws.chance(0.5F)) {
    Setting setting;
    setting.grade = grade;
    setting.ground = backdrop.mean;
    View view;
    view.middle = {0.5F * static_cast<float>(wide), 0.5F * static_cast<float>(tall)};
    view.scale = backdrop.scale;
    const int things = 1 + draws.below(9);
    for (int i = 0; i < things; ++i) {
      const Bitmap thing = draw_thing(draws, setting, 32);
      const Pose2 pose{{draws.between(-1.5F, 1.5F) * half_width, draws.between(-0.75F, 0.75F)},
                       draws.between(0.03F, 0.2F),
                       draws.chance(0.5F) ? 0 : draws.uniform()};
      draw_thing(backdrop.picture, view, thing, pose);
    }
  }
  const int passes = draws.below(4) - 1;
  for (int i = 0; i < passes; ++i) blur(backdrop.picture);
  return backdrop;
}

void draw_backdrop(Bitmap& target, const Backdrop& backdrop, const View& view, bool only_pans) {
  const Vec2 middle{0.5F * static_cast<float>(backdrop.picture.width),
                    0.5F * static_cast<float>(backdrop.picture.height)};
  if (only_pans) {
    const Vec2 corner = backdrop.scale * view.centre + middle - view.middle;
    copy_moved(target, backdrop.picture, corner.x, corner.y);
    return;
  }
  const Box all{0, 0, static_cast<float>(target.width), static_cast<float>(target.height)};
  draw_mapped(target, all, backdrop.picture, Outside::extend, [&](Vec2 p) -> SourcePoint {
    return {middle + backdrop.scale * view.world_of(p), 1};
  });
}

}  // namespace c3d::synth
