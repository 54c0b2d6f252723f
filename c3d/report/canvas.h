// A picture in memory and the few strokes the pictures are made of. Lengths are in points; `scale` gives
// pixels per point. Owns the Cairo surface and context; one thread at a time. Text may be any bytes: what is
// no UTF-8 shows as '?'.
#pragma once

#include <cairo.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/handle.h"

namespace c3d {

struct Color {
  double red = 0, green = 0, blue = 0, alpha = 1;
  Color faded(double opacity) const { return {red, green, blue, alpha * opacity}; }
};

constexpr Color rgb_color(std::uint32_t hex, double alpha = 1) {
  return {static_cast<double>(hex >> 16U & 0xFFU) / 255, static_cast<double>(hex >> 8U & 0xFFU) / 255,
          static_cast<double>(hex & 0xFFU) / 255, alpha};
}

inline constexpr Color kInk = rgb_color(0x1F2933);    // titles and values
inline constexpr Color kQuiet = rgb_color(0x616E7C);  // ticks and captions
inline constexpr Color kGrid = rgb_color(0xE4E7EB);   // grid lines and empty rows
inline constexpr Color kPaper = rgb_color(0xFFFFFF);  // ground
Color series_color(std::size_t index);                // tells curves apart, also for the colour-blind

Color blend(Color from, Color to, double share);

enum class Align : std::uint8_t { left, center, right };

struct TextStyle {
  double size = 12;
  Color color = kInk;
  bool bold = false;
  Align align = Align::left;
  double rotation = 0;  // radians, clockwise, around (x, y)
};

class Canvas {
 public:
  Canvas(double width, double height, double scale);                 // white
  Canvas(std::span<const std::uint8_t> rgb, int width, int height);  // over a frame [height,width,3], scale 1

  double width() const { return width_; }
  double height() const { return height_; }

  void rectangle(double x, double y, double w, double h, Color color, double radius = 0);
  void line(double x0, double y0, double x1, double y1, Color color, double thickness = 1);
  void curve(const std::vector<std::pair<double, double>>& points, Color color, double thickness,
             bool dashed = false);
  void polygon(const std::vector<std::pair<double, double>>& points, Color color);
  void dot(double x, double y, double radius, Color color);
  void ring(double x, double y, double radius, Color color, double thickness);
  // y is the base line; middle() turns the height of a row's middle into that of its base line.
  void text(double x, double y, const std::string& text, const TextStyle& style);
  static double middle(double y, const TextStyle& style) { return y + 0.36 * style.size; }
  double text_width(const std::string& text, const TextStyle& style);
  // Another picture, scaled to w x h.
  void picture(double x, double y, double w, double h, Canvas& picture);
  std::string shortened(const std::string& text, const TextStyle& style, double width);  // "a long na…"

  // For strokes that only one picture needs.
  cairo_t* context() { return context_.get(); }
  cairo_surface_t* surface() { return surface_.get(); }

  void copy_to(std::span<std::uint8_t> rgb);  // the pixels, [height,width,3]
  std::string png();                          // the bytes of the file
  void write_png(const std::filesystem::path& path);

 private:
  void set_color(Color color);
  void set_font(const TextStyle& style);

  double width_, height_;
  bool has_photographs_ = false;
  Handle<cairo_surface_t, cairo_surface_destroy> surface_;
  Handle<cairo_t, cairo_destroy> context_;
};

}  // namespace c3d
