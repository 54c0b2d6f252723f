#include <cmath>
#include <numbers>

#include "catch.h"
#include "data/synth/backdrop.h"
#include "data/synth/camera.h"
#include "data/synth/textures.h"

namespace c3d::synth {
namespace {

constexpr Pixel kBlack = 0xFF000000U, kWhite = 0xFFFFFFFFU;

double brightness(const Bitmap& bitmap) {
  double sum = 0;
  for (const Pixel pixel : bitmap.pixels) sum += pixel & 0xFFU;
  return sum / 255;
}

Bitmap noise(int width, int height) {
  Draws draws(1, 2, Use::backdrop);
  Bitmap bitmap(width, height);
  for (Pixel& pixel : bitmap.pixels) pixel = draws.bits() | 0xFF000000U;
  return bitmap;
}

TEST_CASE("sines without a library are sines") {
  for (int i = -3000; i <= 3000; ++i) {
    const float turns = static_cast<float>(i) / 700;
    CHECK(std::abs(sine(turns) - std::sin(2 * std::numbers::pi * turns)) < 1e-5);
    CHECK(std::abs(cosine(turns) - std::cos(2 * std::numbers::pi * turns)) < 1e-5);
  }
}

TEST_CASE("the pseudo-angle is near the angle") {
  for (int i = 0; i < 360; ++i) {
    const float turns = static_cast<float>(i) / 360;
    const float off = wrapped(turns_of(direction(turns)) - turns + 0.5F) - 0.5F;
    CHECK(std::abs(off) < 0.012F);
  }
}

TEST_CASE("a disc covers its area wherever it lies, and a capsule that of its strip too") {
  const Bitmap white(1, 1, kWhite);
  for (const float shift : {0.0F, 0.3F, 0.77F}) {
    Bitmap target(64, 48, kBlack);
    Capsule disc;
    disc.a = disc.b = {30 + shift, 20 - shift};
    disc.radius_a = disc.radius_b = 9;
    disc.texture = &white;
    draw_capsule(target, disc);
    CHECK(brightness(target) == Approx(std::numbers::pi * 81).epsilon(0.01));

    Bitmap other(64, 48, kBlack);
    Capsule limb = disc;
    limb.a = {12 + shift, 14};
    limb.b = {44, 31 + shift};
    limb.radius_a = limb.radius_b = 5;
    draw_capsule(other, limb);
    const double along = length(limb.b - limb.a);
    CHECK(brightness(other) == Approx(std::numbers::pi * 25 + 10 * along).epsilon(0.01));
  }
}

TEST_CASE("what lies beside the target is left out") {
  const Bitmap white(1, 1, kWhite);
  Bitmap target(32, 32, kBlack);
  Capsule limb;
  limb.texture = &white;
  for (const Vec2 at : {Vec2{-50, 10}, {90, 10}, {10, -70}, {10, 1e6F}, {-1e6F, 5}}) {
    limb.a = at;
    limb.b = at + Vec2{3, 2};
    draw_capsule(target, limb);
    const Box box{at.x, at.y, at.x + 10, at.y + 10};
    draw_mapped(target, box, white, Outside::repeat, [](Vec2 p) -> SourcePoint { return {p}; });
  }
  CHECK(brightness(target) == 0);
}

TEST_CASE("a picture that is copied moved by whole pixels is the picture, moved") {
  const Bitmap source = noise(50, 40);
  Bitmap target(30, 20);
  copy_moved(target, source, 7, 9);
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 30; ++x) REQUIRE(target.row(y)[x] == source.row(y + 9)[x + 7]);
  }
  copy_moved(target, source, -100, -100);
  CHECK(target.row(5)[5] == source.row(0)[0]);
  copy_moved(target, source, 100, 100);
  CHECK(target.row(5)[5] == source.row(39)[49]);
}

TEST_CASE("the identity map draws the source as it is") {
  const Bitmap source = noise(40, 40);
  Bitmap target(40, 40, kBlack);
  draw_mapped(target, {0, 0, 40, 40}, source, Outside::extend, [](Vec2 p) -> SourcePoint { return {p}; });
  CHECK(target.pixels == source.pixels);
}

TEST_CASE("blurring keeps the brightness and takes the contrast") {
  Bitmap dot(21, 21, kBlack);
  dot.row(10)[10] = kWhite;
  const double before = brightness(dot);
  blur(dot);
  CHECK(brightness(dot) == Approx(before).epsilon(0.05));
  CHECK((dot.row(10)[10] & 0xFFU) == 64);
}

TEST_CASE("every texture repeats without a seam, but for gradients") {
  for (int kind = 0; kind < kTextureKinds; ++kind) {
    if (static_cast<TextureKind>(kind) == TextureKind::gradient) continue;
    Draws draws(9, static_cast<std::uint64_t>(kind), Use::backdrop);
    const Palette palette = draw_palette(draws, Mood::any);
    const Bitmap texture = make_texture(draws, static_cast<TextureKind>(kind), 64, 64, palette, {});
    double seam = 0, within = 0;
    for (int y = 0; y < 64; ++y) {
      const auto at = [&](int x) { return static_cast<int>(texture.row(y)[x] & 0xFFU); };
      seam += std::abs(at(0) - at(63));
      for (int x = 1; x < 64; ++x)
        within = std::max(within, static_cast<double>(std::abs(at(x) - at(x - 1))));
    }
    INFO("kind " << kind);
    CHECK(seam / 64 <= within + 1);
  }
}

TEST_CASE("every outline has something inside and a clear border") {
  for (int outline = 0; outline < kOutlines; ++outline) {
    Draws draws(9, static_cast<std::uint64_t>(outline), Use::actor);
    const Bitmap thing = cut_out(draws, static_cast<Outline>(outline), Bitmap(32, 32, kWhite));
    int inside = 0;
    for (const Pixel pixel : thing.pixels) inside += pixel >> 24U == 0xFF;
    INFO("outline " << outline);
    CHECK(inside > 60);
    for (int i = 0; i < 32; ++i) {
      CHECK(thing.row(0)[i] >> 24U == 0);
      CHECK(thing.row(i)[0] >> 24U == 0);
      CHECK(thing.row(31)[i] >> 24U == 0);
      CHECK(thing.row(i)[31] >> 24U == 0);
    }
  }
}

TEST_CASE("a camera that stands still shows the same ground all the time, any other does not") {
  Draws ground_draws(4, 1, Use::backdrop);
  const Backdrop backdrop = paint_backdrop(ground_draws, {}, 0.67F, 96);
  for (std::int32_t move = 0; move < 11; ++move) {
    Draws draws(4, 1, Use::camera);
    const Camera camera(draws, static_cast<CameraMove>(move));
    Bitmap first(128, 96), last(128, 96);
    draw_backdrop(first, backdrop, camera.view(0, {}, 128, 96), camera.only_pans());
    draw_backdrop(last, backdrop, camera.view(0.9F, {0.2F, 0}, 128, 96), camera.only_pans());
    INFO("camera " << move);
    CHECK((first.pixels == last.pixels) == camera.is_still());
  }
}

}  // namespace
}  // namespace c3d::synth
