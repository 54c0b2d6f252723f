#include "model/model_ranges.h"

#include <algorithm>
#include <array>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr double kLargest = 1e9;  // of what is multiplied with pixels
constexpr std::array kRanges{
    NumberRange{"classes", 1, 1'000'000},     NumberRange{"width", 0.001, 16},
    NumberRange{"clip_frames", 1, 1024},      NumberRange{"crop", 1, 4096},
    NumberRange{"dropout", 0, 0.999},         NumberRange{"resize_width", 1, 4096},
    NumberRange{"resize_height", 1, 4096},    NumberRange{"crop_top", -1, 4096},
    NumberRange{"crop_left", -1, 4096},       NumberRange{"frame_stride", 1, 1000},
    NumberRange{"mean", -kLargest, kLargest}, NumberRange{"scale", -kLargest, kLargest}};

}  // namespace

const NumberRange& model_range(std::string_view key) {
  const auto* const found = std::ranges::find(kRanges, key, &NumberRange::key);
  expect(found != kRanges.end(), "there is no range of '{}'", key);
  return *found;
}

void check_model_number(std::string_view key, double value) {
  const NumberRange& range = model_range(key);
  expect(value >= range.least && value <= range.most, "'{}' says {}; it is {} to {}", key, value, range.least,
         range.most);
}

void check_model_numbers(const C3dConfig& network) {
  check_model_number("classes", static_cast<double>(network.classes));
  check_model_number("width", network.width);
  check_model_number("clip_frames", static_cast<double>(network.clip_frames));
  check_model_number("crop", static_cast<double>(network.crop));
  check_model_number("dropout", static_cast<double>(network.dropout));
  const std::int64_t pixels = network.clip_frames * network.crop * network.crop;
  expect(pixels <= kMostClipPixels,
         "'clip_frames' and 'crop' say {} frames of {}x{} pixels, {} in all; a clip has at most {}",
         network.clip_frames, network.crop, network.crop, pixels, kMostClipPixels);
}

void check_span(const ClipSpec& spec) {
  const int span = spec.span(), width = spec.stored_width(), height = spec.stored_height();
  const std::int64_t squares = spec.stores_crops() ? spec.crops : 1;
  const std::int64_t bytes = squares * span * width * height * 3;
  expect(
      bytes <= kMostSpanBytes,
      "'clip_frames' {} and 'frame_stride' {} span {} frames, of {}x{} pixels each: {:.1f} GiB, at most {} "
      "are taken",
      spec.clip_frames, spec.frame_stride, span, width, height, static_cast<double>(bytes) / (1 << 30),
      kMostSpanBytes >> 30);
}

}  // namespace c3d
