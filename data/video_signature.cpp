#include "data/video_signature.h"

#include <algorithm>
#include <cmath>

#include "data/grey_cells.h"

namespace c3d {
namespace {

constexpr int kMoments = VideoSignature::kMoments, kSide = VideoSignature::kSide;
constexpr int kCells = VideoSignature::kCells, kValues = VideoSignature::kValues;

constexpr int kMostLevel = 7;
constexpr float kLevelsOfStrength = 2;  // a value as large as the strength
constexpr double kStrengthParts = 16;   // of a level of grey
// In levels of grey: what encoders leave of a still picture is weaker than this.
constexpr double kLeastStrength = 1;
// What may be left of a copy's place, in levels of grey or as a share of its contrast. Hands in another pose
// before one wall leave 13 %, people elsewhere before one car park 40 % and more; bad encoders 7 %.
constexpr double kPlaceLevels = 2, kPlaceShare = 0.09;
constexpr double kMostContrastRatio = 1.5;

template <typename Cells>
void take_mean_off(Cells& cells) {
  float sum = 0;
  for (const float cell : cells) sum += cell;
  for (float& cell : cells) cell -= sum / static_cast<float>(cells.size());
}

// Root of the mean square.
template <typename Values>
double strength_of(const Values& values) {
  double sum = 0;
  for (const auto value : values) sum += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

using CellPlace = std::array<std::int8_t, kCells>;

bool is_same_place(const CellPlace& a, const CellPlace& b) {
  const double of_a = strength_of(a), of_b = strength_of(b);
  const auto [low, high] = std::minmax(of_a, of_b);
  if (high <= kPlaceLevels) return true;  // nothing is to be seen in either
  if (high > kMostContrastRatio * low) return false;
  double both = 0;
  for (std::size_t i = 0; i < a.size(); ++i) both += static_cast<double>(a[i] * b[i]) / kCells;
  const double likeness = both / (of_a * of_b);
  const double left = high * std::sqrt(std::max(1 - likeness * likeness, 0.0));
  return likeness > 0 && left <= std::max(kPlaceLevels, kPlaceShare * high);
}

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kPlaceDigits = 2, kStrengthDigits = 4;
constexpr std::size_t kTextLength = kStrengthDigits + kPlaceDigits * kCells + kValues;

void put_hex(std::string& text, unsigned value, std::size_t digits) {
  for (std::size_t i = digits; i > 0; --i) text += kDigits[(value >> (4 * (i - 1))) & 15u];
}

// Takes the digits off the text; nullopt: they are none.
std::optional<unsigned> take_hex(std::string_view& text, std::size_t digits) {
  unsigned value = 0;
  for (const char letter : text.substr(0, digits)) {
    const std::size_t digit = kDigits.find(letter);
    if (digit == std::string_view::npos) return std::nullopt;
    value = 16 * value + static_cast<unsigned>(digit);
  }
  text.remove_prefix(digits);
  return value;
}

}  // namespace

bool VideoSignature::is_telling() const {
  return static_cast<double>(strength) >= kLeastStrength * kStrengthParts;
}

double motion_likeness(const VideoSignature& a, const VideoSignature& b) {
  std::int32_t both = 0, of_a = 0, of_b = 0;
  for (std::size_t i = 0; i < a.motion.size(); ++i) {
    both += a.motion[i] * b.motion[i];
    of_a += a.motion[i] * a.motion[i];
    of_b += b.motion[i] * b.motion[i];
  }
  if (of_a == 0 || of_b == 0) return 0;
  return static_cast<double>(both) / std::sqrt(static_cast<double>(of_a) * static_cast<double>(of_b));
}

double duplicate_likeness(const VideoSignature& a, const VideoSignature& b) {
  if (!a.is_telling() || !b.is_telling()) return 0;
  const double likeness = motion_likeness(a, b);
  return likeness >= kLeastLikeness && is_same_place(a.place, b.place) ? likeness : 0;
}

bool are_near_duplicates(const VideoSignature& a, const VideoSignature& b) {
  return duplicate_likeness(a, b) > 0;
}

std::string signature_text(const VideoSignature& signature) {
  std::string text;
  text.reserve(kTextLength);
  put_hex(text, signature.strength, kStrengthDigits);
  for (const std::int8_t level : signature.place)
    put_hex(text, static_cast<unsigned>(level + 128), kPlaceDigits);
  for (const std::int8_t level : signature.motion) put_hex(text, static_cast<unsigned>(level + 8), 1);
  return text;
}

std::optional<VideoSignature> parse_signature(std::string_view text) {
  if (text.size() != kTextLength) return std::nullopt;
  VideoSignature signature;
  const auto strength = take_hex(text, kStrengthDigits);
  if (!strength) return std::nullopt;
  signature.strength = static_cast<std::uint16_t>(*strength);
  for (std::int8_t& level : signature.place) {
    const auto value = take_hex(text, kPlaceDigits);
    if (!value) return std::nullopt;
    level = static_cast<std::int8_t>(static_cast<int>(*value) - 128);
  }
  for (std::int8_t& level : signature.motion) {
    const auto value = take_hex(text, 1);
    if (!value || *value == 0) return std::nullopt;
    level = static_cast<std::int8_t>(static_cast<int>(*value) - 8);
  }
  return signature;
}

void SignatureMaker::add(std::span<const std::uint8_t> frame, int width, int height) {
  Cells cells;
  grey_cells(frame, width, height, kSide, kSide, cells);
  take_mean_off(cells);
  sample_.add(cells);
}

VideoSignature SignatureMaker::finish() const {
  VideoSignature signature;
  const std::vector<Cells>& kept = sample_.kept();
  if (kept.empty()) return signature;
  std::array<float, kValues> motion{};
  Cells place{};
  for (int moment = 0; moment < kMoments; ++moment) {
    // The middle of the moment's part of the video, in frames.
    const double middle = static_cast<double>(sample_.count()) * (moment + 0.5) / kMoments;
    const auto at = static_cast<std::size_t>(middle / static_cast<double>(sample_.stride()));
    const Cells& cells = kept[std::min(at, kept.size() - 1)];
    std::ranges::copy(cells, motion.begin() + std::ptrdiff_t{moment} * kCells);
    for (std::size_t i = 0; i < place.size(); ++i) place[i] += cells[i] / kMoments;
  }
  for (std::size_t i = 0; i < motion.size(); ++i) motion[i] -= place[i % kCells];
  for (std::size_t i = 0; i < place.size(); ++i) {
    signature.place[i] = static_cast<std::int8_t>(std::clamp(std::lround(place[i]), -128L, 127L));
  }
  const double strength = strength_of(motion);
  signature.strength = static_cast<std::uint16_t>(std::min(std::lround(strength * kStrengthParts), 65535L));
  if (signature.strength == 0) return signature;
  for (std::size_t i = 0; i < motion.size(); ++i) {
    const long level = std::lround(kLevelsOfStrength * motion[i] / static_cast<float>(strength));
    signature.motion[i] = static_cast<std::int8_t>(std::clamp<long>(level, -kMostLevel, kMostLevel));
  }
  return signature;
}

VideoSignature signature_of(FrameSource& frames) {
  const int width = frames.width(), height = frames.height();
  std::vector<std::uint8_t> frame(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  SignatureMaker maker;
  for (std::int64_t i = 0; i < frames.frame_count(); ++i) {
    if (maker.wants_next()) {
      frames.read(i, 1, 1, frame);
      maker.add(frame, width, height);
    } else {
      maker.skip();
    }
  }
  return maker.finish();
}

}  // namespace c3d
