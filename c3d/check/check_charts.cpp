#include "c3d/check/check_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "c3d/check/spread.h"
#include "c3d/report/html/text.h"

namespace c3d {
namespace {

constexpr std::size_t kBins = 24;
constexpr double kWide = 240, kHigh = 80, kGap = 1;

struct Histogram {
  std::string title, unit;
  std::vector<double> values;
};

std::string bars(const std::vector<double>& values, const CheckSpread& spread) {
  const double range = spread.most - spread.least;
  const std::size_t bins = range > 0 ? kBins : 1;
  std::vector<std::size_t> counts(bins, 0);
  for (const double value : values) {
    const auto bin =
        range > 0 ? static_cast<std::size_t>(static_cast<double>(bins) * (value - spread.least) / range) : 0;
    ++counts[std::min(bin, bins - 1)];
  }
  const auto most = static_cast<double>(std::ranges::max(counts));
  const double width = kWide / static_cast<double>(bins), step = range / static_cast<double>(bins);
  std::string svg;
  for (std::size_t i = 0; i < bins; ++i) {
    if (counts[i] == 0) continue;
    // One video among thousands is still to be seen.
    const double height = std::max(kHigh * static_cast<double>(counts[i]) / most, 1.5);
    const double from = spread.least + step * static_cast<double>(i);
    svg += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"><title>{:.4g} to {:.4g}: "
        "{}</title></rect>",
        width * static_cast<double>(i), kHigh - height, width - kGap, height, from, from + step, counts[i]);
  }
  return svg;
}

std::string figure(const Histogram& histogram) {
  if (histogram.values.empty()) return "";
  const CheckSpread spread = spread_of(histogram.values);
  const std::string said = fmt::format("{:.4g} to {:.4g} {}, median {:.4g}", spread.least, spread.most,
                                       histogram.unit, spread.median);
  return fmt::format(
      "<figure><figcaption>{0}</figcaption><svg viewBox=\"0 0 {1} {2}\" preserveAspectRatio=\"none\" "
      "role=\"img\" "
      "aria-label=\"{0} of {3} videos: {4}\">{5}</svg><p class=\"ends\"><span>{6:.4g}</span><span>median "
      "{7:.4g} {8}</span><span>{9:.4g}</span></p></figure>\n",
      html_text(histogram.title), kWide, kHigh, histogram.values.size(), html_text(said),
      bars(histogram.values, spread), spread.least, spread.median, html_text(histogram.unit), spread.most);
}

}  // namespace

std::string check_charts(const CheckReport& report) {
  Histogram frames{"Length", "frames", {}}, seconds{"Duration", "s", {}}, rates{"Rate", "frames/s", {}},
      shapes{"Shape", "width over height", {}}, brightness{"Brightness", "of 255", {}},
      motion{"Motion", "levels of grey", {}};
  for (const CheckedVideo& one : report.videos) {
    frames.values.push_back(static_cast<double>(one.frames));
    motion.values.push_back(one.motion);
    if (one.seconds > 0) seconds.values.push_back(one.seconds);
    if (one.rate > 0) rates.values.push_back(one.rate);
    if (one.width <= 0 || one.height <= 0) continue;
    shapes.values.push_back(static_cast<double>(one.width) / one.height);
    brightness.values.push_back(one.brightness);
  }
  std::string html;
  for (const Histogram* one : {&frames, &seconds, &rates, &shapes, &brightness, &motion})
    html += figure(*one);
  return html.empty() ? "" : "<div class=\"charts\">\n" + html + "</div>";
}

}  // namespace c3d
