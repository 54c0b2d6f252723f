#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "c3d/report/canvas.h"
#include "c3d/report/pictures.h"

namespace c3d {

void draw_labels_on_frame(std::span<std::uint8_t> rgb, int width, int height,
                          const std::vector<std::pair<std::string, double>>& labels, std::size_t bright) {
  Canvas canvas(rgb, width, height);
  if (labels.empty()) return;
  // 9 pixels are the least that can be read; a twentieth of the shorter side looks the same on every size
  // above.
  const double size = std::max(9.0, std::min(width, height) * 0.05);
  const TextStyle name{.size = size, .color = kPaper, .bold = true};
  const TextStyle value{.size = size, .color = kPaper, .bold = true, .align = Align::right};
  const double pad = size * 0.5, bar = std::max(2.0, size * 0.28), row = size * 1.25 + bar + size * 0.3;
  const double panel_width = std::min(width - 2 * pad, size * 16);
  if (panel_width <= 0) return;
  const double room = height * 0.45 - 2 * pad;
  const auto rows =
      std::clamp<std::size_t>(static_cast<std::size_t>(std::max(0.0, room / row)), 1, labels.size());
  const double panel_height = static_cast<double>(rows) * row + pad;
  const double left = pad, top = height - pad - panel_height;

  // A dark veil carries white text over snow as well as over night.
  canvas.rectangle(left, top, panel_width, panel_height, rgb_color(0x0B1220, 0.68), size * 0.4);
  for (std::size_t i = 0; i < rows; ++i) {
    const auto& [label, probability] = labels[i];
    const double y = top + pad * 0.5 + static_cast<double>(i) * row;
    const double inner = panel_width - 2 * pad, x = left + pad;
    const std::string percent = fmt::format("{:.0f} %", 100 * probability);
    const double opacity = i < bright ? 1 : 0.75;
    TextStyle name_style = name, value_style = value;
    name_style.color.alpha = value_style.color.alpha = opacity;
    const double name_width = inner - canvas.text_width(percent, value) - size * 0.5;
    canvas.text(x, y + size, canvas.shortened(label, name_style, name_width), name_style);
    canvas.text(x + inner, y + size, percent, value_style);
    const double bar_y = y + size * 1.28;
    canvas.rectangle(x, bar_y, inner, bar, rgb_color(0xFFFFFF, 0.22), bar / 2);
    const double filled = inner * std::clamp(probability, 0.0, 1.0);
    if (filled >= 1)
      canvas.rectangle(x, bar_y, filled, bar, rgb_color(i < bright ? 0x34D399 : 0x93C5FD), bar / 2);
  }
  canvas.copy_to(rgb);
}

}  // namespace c3d
