#include "c3d/report/canvas.h"

#include <png.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "c3d/report/fonts.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"

namespace c3d {
namespace {

// Bytes of the UTF-8 character at `text[at]`; 0 if there is none.
std::size_t character_bytes(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t count = lead >= 0xC2 && lead < 0xE0   ? 2
                            : lead >= 0xE0 && lead < 0xF0 ? 3
                            : lead >= 0xF0 && lead < 0xF5 ? 4
                                                          : 0;
  for (std::size_t i = 1; i < count; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80) return 0;
  }
  const unsigned second = byte(at + 1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool beyond = (lead == 0xED && second >= 0xA0) || (lead == 0xF4 && second >= 0x90);
  return overlong || beyond ? 0 : count;
}

// A context that was given bytes that are no UTF-8 draws nothing from then on.
std::string as_utf8(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t count = character_bytes(text, at);
    const bool shown = count > 0 && static_cast<unsigned char>(text[at]) >= 0x20;
    result += shown ? text.substr(at, count) : "?";
    at += std::max<std::size_t>(count, 1);
  }
  return result;
}

void check(cairo_status_t status, const char* what) {
  expect(status == CAIRO_STATUS_SUCCESS, "cairo: {}: {}", what, cairo_status_to_string(status));
}

}  // namespace

Color series_color(std::size_t index) {
  static constexpr std::array kColors = {0x2563EBU, 0xE8590CU, 0x0F9D6EU, 0x9333EAU,
                                         0xCA8A04U, 0x0891B2U, 0xDB2777U, 0x64748BU};
  return rgb_color(kColors[index % kColors.size()]);
}

Color blend(Color from, Color to, double share) {
  const auto mix = [share](double a, double b) { return a + (b - a) * share; };
  return {mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue),
          mix(from.alpha, to.alpha)};
}

Canvas::Canvas(double width, double height, double scale) : width_(width), height_(height) {
  surface_.reset(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(width * scale)),
                                            static_cast<int>(std::ceil(height * scale))));
  check(cairo_surface_status(surface_.get()), "making a picture");
  context_.reset(cairo_create(surface_.get()));
  check(cairo_status(context_.get()), "making a picture");
  cairo_scale(context_.get(), scale, scale);
  set_color(kPaper);
  cairo_paint(context_.get());
}

Canvas::Canvas(std::span<const std::uint8_t> rgb, int width, int height) : Canvas(width, height, 1) {
  has_photographs_ = true;
  expect(std::ssize(rgb) == std::ptrdiff_t{3} * width * height, "a frame of {}x{} has {} bytes, not {}",
         width, height, std::ptrdiff_t{3} * width * height, rgb.size());
  cairo_surface_flush(surface_.get());
  unsigned char* bytes = cairo_image_surface_get_data(surface_.get());
  const int stride = cairo_image_surface_get_stride(surface_.get());
  const std::uint8_t* from = rgb.data();
  for (int y = 0; y < height; ++y) {
    auto* row = reinterpret_cast<std::uint32_t*>(bytes + std::ptrdiff_t{y} * stride);
    for (int x = 0; x < width; ++x, from += 3) {
      row[x] = std::uint32_t{from[0]} << 16U | std::uint32_t{from[1]} << 8U | from[2];
    }
  }
  cairo_surface_mark_dirty(surface_.get());
}

void Canvas::copy_to(std::span<std::uint8_t> rgb) {
  cairo_surface_flush(surface_.get());
  check(cairo_status(context_.get()), "drawing");
  const unsigned char* bytes = cairo_image_surface_get_data(surface_.get());
  const int stride = cairo_image_surface_get_stride(surface_.get());
  const int columns = cairo_image_surface_get_width(surface_.get());
  const int rows = cairo_image_surface_get_height(surface_.get());
  expect(std::ssize(rgb) == std::ptrdiff_t{3} * columns * rows,
         "a picture of {}x{} does not fit into {} bytes", columns, rows, rgb.size());
  std::uint8_t* to = rgb.data();
  for (int y = 0; y < rows; ++y) {
    const auto* row = reinterpret_cast<const std::uint32_t*>(bytes + std::ptrdiff_t{y} * stride);
    for (int x = 0; x < columns; ++x, to += 3) {
      to[0] = static_cast<std::uint8_t>(row[x] >> 16U);
      to[1] = static_cast<std::uint8_t>(row[x] >> 8U);
      to[2] = static_cast<std::uint8_t>(row[x]);
    }
  }
}

std::string Canvas::png() {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(cairo_image_surface_get_width(surface_.get()));
  image.height = static_cast<png_uint_32>(cairo_image_surface_get_height(surface_.get()));
  image.format = PNG_FORMAT_RGB;
  // Flat areas become as small without trying a filter for each row, in a quarter of the time; photographs do not.
  if (!has_photographs_) image.flags |= PNG_IMAGE_FLAG_FAST;
  std::vector<std::uint8_t> rgb(PNG_IMAGE_SIZE(image));
  copy_to(rgb);
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  expect(png_image_write_to_memory(&image, bytes.data(), &size, 0, rgb.data(), 0, nullptr) != 0,
         "libpng: writing a PNG: {}", static_cast<const char*>(image.message));
  bytes.resize(size);
  bytes.shrink_to_fit();
  return bytes;
}

void Canvas::write_png(const std::filesystem::path& path) { write_file(path, png()); }

void Canvas::set_color(Color color) {
  cairo_set_source_rgba(context_.get(), color.red, color.green, color.blue, color.alpha);
}

void Canvas::rectangle(double x, double y, double w, double h, Color color, double radius) {
  cairo_t* c = context_.get();
  radius = std::min({radius, w / 2, h / 2});
  if (radius > 0) {
    constexpr double kQuarter = std::numbers::pi / 2;
    cairo_new_sub_path(c);
    cairo_arc(c, x + w - radius, y + radius, radius, -kQuarter, 0);
    cairo_arc(c, x + w - radius, y + h - radius, radius, 0, kQuarter);
    cairo_arc(c, x + radius, y + h - radius, radius, kQuarter, 2 * kQuarter);
    cairo_arc(c, x + radius, y + radius, radius, 2 * kQuarter, 3 * kQuarter);
    cairo_close_path(c);
  } else {
    cairo_rectangle(c, x, y, w, h);
  }
  set_color(color);
  cairo_fill(c);
}

void Canvas::line(double x0, double y0, double x1, double y1, Color color, double thickness) {
  curve({{x0, y0}, {x1, y1}}, color, thickness);
}

void Canvas::curve(const std::vector<std::pair<double, double>>& points, Color color, double thickness,
                   bool dashed) {
  static constexpr std::array kDashes = {6.0, 5.0};
  cairo_t* c = context_.get();
  cairo_new_path(c);
  for (const auto& [x, y] : points) cairo_line_to(c, x, y);
  set_color(color);
  cairo_set_line_width(c, thickness);
  cairo_set_line_join(c, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash(c, kDashes.data(), dashed ? static_cast<int>(kDashes.size()) : 0, 0);
  cairo_stroke(c);
  cairo_set_dash(c, nullptr, 0, 0);
}

void Canvas::polygon(const std::vector<std::pair<double, double>>& points, Color color) {
  cairo_t* c = context_.get();
  cairo_new_path(c);
  for (const auto& [x, y] : points) cairo_line_to(c, x, y);
  cairo_close_path(c);
  set_color(color);
  cairo_fill(c);
}

void Canvas::dot(double x, double y, double radius, Color color) {
  cairo_new_path(context_.get());
  cairo_arc(context_.get(), x, y, radius, 0, 2 * std::numbers::pi);
  set_color(color);
  cairo_fill(context_.get());
}

void Canvas::ring(double x, double y, double radius, Color color, double thickness) {
  cairo_new_path(context_.get());
  cairo_arc(context_.get(), x, y, radius, 0, 2 * std::numbers::pi);
  set_color(color);
  cairo_set_line_width(context_.get(), thickness);
  cairo_stroke(context_.get());
}

void Canvas::picture(double x, double y, double w, double h, Canvas& picture) {
  has_photographs_ = has_photographs_ || picture.has_photographs_;
  cairo_t* c = context_.get();
  cairo_save(c);
  cairo_translate(c, x, y);
  cairo_scale(c, w / picture.width_, h / picture.height_);
  cairo_set_source_surface(c, picture.surface_.get(), 0, 0);
  cairo_pattern_set_filter(cairo_get_source(c), CAIRO_FILTER_NEAREST);  // the pixels as they are
  cairo_rectangle(c, 0, 0, picture.width_, picture.height_);
  cairo_fill(c);
  cairo_restore(c);
}

void Canvas::set_font(const TextStyle& style) {
  use_installed_fonts();
  cairo_select_font_face(context_.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(context_.get(), style.size);
}

double Canvas::text_width(const std::string& text, const TextStyle& style) {
  set_font(style);
  cairo_text_extents_t extents;
  cairo_text_extents(context_.get(), as_utf8(text).c_str(), &extents);
  return extents.x_advance;
}

void Canvas::text(double x, double y, const std::string& text, const TextStyle& style) {
  const double width = text_width(text, style);
  cairo_t* c = context_.get();
  cairo_save(c);
  cairo_translate(c, x, y);
  cairo_rotate(c, style.rotation);
  cairo_move_to(c, style.align == Align::left ? 0 : style.align == Align::center ? -width / 2 : -width, 0);
  set_color(style.color);
  cairo_show_text(c, as_utf8(text).c_str());
  cairo_restore(c);
}

std::string Canvas::shortened(const std::string& text, const TextStyle& style, double width) {
  std::string whole = as_utf8(text);
  if (text_width(whole, style) <= width) return whole;
  std::size_t kept = 0;
  for (std::size_t at = 0; at < whole.size();) {
    at += character_bytes(whole, at);
    if (text_width(whole.substr(0, at) + "…", style) > width) break;
    kept = at;
  }
  return whole.substr(0, kept) + "…";
}

}  // namespace c3d
