#include "tools/c3d_synth/scene_painter.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tools/c3d_synth/random.h"

namespace c3d {
namespace {

constexpr double kFullCircle = 2 * std::numbers::pi;
constexpr double kSmallest = 0.12, kLargest = 0.62;  // radius in shares of the frame's height
constexpr double kFade = 0.1;                        // share of the range of sizes, at either end

void set_color(cairo_t* context, Color color) {
  cairo_set_source_rgba(context, color.red, color.green, color.blue, color.alpha);
}

void add_polygon(cairo_t* context, double x, double y, double radius, const Outline& outline, double angle) {
  const int points = outline.waist < 1 ? 2 * outline.corners : outline.corners;
  for (int i = 0; i < points; ++i) {
    const double reach = outline.waist < 1 && i % 2 == 1 ? radius * outline.waist : radius;
    const double at = angle + kFullCircle * i / points;
    cairo_line_to(context, x + reach * std::cos(at), y + reach * std::sin(at));
  }
  cairo_close_path(context);
}

// One mark in the cell whose middle is (x, y); cells are `pitch` wide.
void add_mark(cairo_t* context, Mark mark, double x, double y, double pitch, Random& random) {
  const double size = pitch * random.between(0.28, 0.48), turn = random.between(0, kFullCircle);
  const double px = x + pitch * random.between(-0.15, 0.15), py = y + pitch * random.between(-0.15, 0.15);
  cairo_new_sub_path(context);
  switch (mark) {
    case Mark::stripe:
      cairo_rectangle(context, x - pitch * 0.51, y - size * 0.6, pitch * 1.02, size * 1.2);
      break;
    case Mark::tile:
      if (turn < kFullCircle / 2) cairo_rectangle(context, x - pitch / 2, y - pitch / 2, pitch, pitch);
      break;
    case Mark::disc:
      cairo_arc(context, px, py, size, 0, kFullCircle);
      break;
    case Mark::zigzag: {
      const double left = x - pitch / 2, right = x + pitch / 2, up = pitch * 0.3, thick = size * 0.8;
      cairo_move_to(context, left, y - up);
      for (const auto& [cx, cy] : {std::pair{x, y + up},
                                   {right, y - up},
                                   {right, y - up + thick},
                                   {x, y + up + thick},
                                   {left, y - up + thick}}) {
        cairo_line_to(context, cx, cy);
      }
      cairo_close_path(context);
      break;
    }
    case Mark::cross:
      add_polygon(context, px, py, size * 1.25, {4, 0.35}, turn);
      break;
    case Mark::triangle:
      add_polygon(context, px, py, size * 1.15, {3, 1}, turn);
      break;
  }
}

// Covers a disc of `reach` around the origin.
void paint_texture(cairo_t* context, const Texture& texture, double reach) {
  Random random(texture.seed, 0);
  set_color(context, texture.base);
  cairo_paint(context);
  cairo_save(context);
  cairo_rotate(context, texture.angle);
  const int cells = static_cast<int>(std::ceil(reach / texture.pitch)) + 1;
  cairo_new_path(context);
  for (int row = -cells; row <= cells; ++row) {
    // Stripes are as thick as their row says, all along.
    Random row_random(texture.seed, static_cast<std::uint64_t>(row + cells + 1));
    for (int column = -cells; column <= cells; ++column) {
      Random same = row_random;
      const bool whole_row = texture.mark == Mark::stripe || texture.mark == Mark::zigzag;
      add_mark(context, texture.mark, column * texture.pitch, row * texture.pitch, texture.pitch,
               whole_row ? same : random);
    }
  }
  set_color(context, texture.marks);
  cairo_fill(context);
  cairo_restore(context);
}

}  // namespace

ScenePainter::ScenePainter(const Scene& scene, int width, int height, double last_frame)
    : scene_(scene),
      margin_(std::ceil(std::hypot(scene.ground_x, scene.ground_y) * height * last_frame) + 2),
      ground_(width + 2 * margin_, height + 2 * margin_, 1),
      canvas_(width, height, 1) {
  cairo_t* context = ground_.context();
  cairo_translate(context, ground_.width() / 2, ground_.height() / 2);
  cairo_scale(context, height, height);
  paint_texture(context, scene_.ground, std::hypot(ground_.width(), ground_.height()) / 2 / height);
}

void ScenePainter::paint(double frame, std::span<std::uint8_t> rgb) {
  cairo_t* context = canvas_.context();
  const double height = canvas_.height();
  cairo_set_source_surface(context, ground_.surface(), frame * scene_.ground_x * height - margin_,
                           frame * scene_.ground_y * height - margin_);
  cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_BILINEAR);
  cairo_paint(context);
  for (const Body& body : scene_.bodies) paint_body(body, frame);
  canvas_.copy_to(rgb);
}

void ScenePainter::paint_body(const Body& body, double frame) {
  cairo_t* context = canvas_.context();
  const State state = state_at(body, frame);
  const double radius = canvas_.height() * kSmallest * std::pow(kLargest / kSmallest, state.size);
  const double opacity = std::min({1.0, state.size / kFade, (1 - state.size) / kFade});
  // The frame is a torus: a body that crosses a border shows on both sides.
  for (const int column : {-1, 0, 1}) {
    for (const int row : {-1, 0, 1}) {
      const double x = (state.x + column) * canvas_.width(), y = (state.y + row) * canvas_.height();
      if (x < -radius || x > canvas_.width() + radius || y < -radius || y > canvas_.height() + radius)
        continue;
      cairo_save(context);
      cairo_rectangle(context, x - radius - 1, y - radius - 1, 2 * radius + 2, 2 * radius + 2);
      cairo_clip(context);
      cairo_push_group(context);
      cairo_translate(context, x, y);
      cairo_rotate(context, state.angle);
      cairo_scale(context, radius, radius);
      cairo_new_path(context);
      add_polygon(context, 0, 0, 1, body.outline, 0);
      cairo_clip(context);
      paint_texture(context, body.texture, 1);
      cairo_pop_group_to_source(context);
      cairo_paint_with_alpha(context, opacity);
      cairo_restore(context);
    }
  }
}

}  // namespace c3d
