// Every pixel format that pictures may come in: pictures of one colour, made value by value as the format's
// description says, must have that colour as RGB.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "catch.h"
#include "data/ffmpeg.h"
#include "data/frame_converter.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

constexpr int kWidth = 32, kHeight = 16;

using Colour = std::array<double, 3>;  // red, green, blue in 0 to 1

struct Matrix {
  AVColorSpace name;
  double red, blue;  // what they weigh in luma
};

bool is(const AVPixFmtDescriptor& format, std::uint64_t flag) { return (format.flags & flag) != 0; }
bool is_grey(const AVPixFmtDescriptor& format) {
  return format.nb_components <= 2 && !is(format, AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL);
}
bool starts_with(const AVPixFmtDescriptor& format, const char* start) {
  return std::string_view(format.name).starts_with(start);
}

// What a component of the format is for a colour, between 0 and its highest value.
double level(const AVPixFmtDescriptor& format, int component, const Colour& colour, const Matrix& matrix,
             bool full) {
  const int depth = format.comp[component].depth;
  const double highest = is(format, AV_PIX_FMT_FLAG_FLOAT) ? 1 : (1 << depth) - 1;
  const bool alpha = is(format, AV_PIX_FMT_FLAG_ALPHA) && component == format.nb_components - 1;
  if (alpha) return highest;
  if (is(format, AV_PIX_FMT_FLAG_RGB)) return colour[static_cast<std::size_t>(component)] * highest;
  const double luma =
      matrix.red * colour[0] + (1 - matrix.red - matrix.blue) * colour[1] + matrix.blue * colour[2];
  if (is(format, AV_PIX_FMT_FLAG_FLOAT)) return luma;
  if (starts_with(format, "monow")) return 1 - luma;
  const double step = std::ldexp(1, depth - 8), middle = std::ldexp(1, depth - 1);
  if (component == 0) return full ? luma * highest : (16 + 219 * luma) * step;
  const double chroma =
      component == 1 ? (colour[2] - luma) / (2 - 2 * matrix.blue) : (colour[0] - luma) / (2 - 2 * matrix.red);
  return std::min(middle + chroma * (full ? highest : 224 * step), highest);
}

void fill_bayer(AVFrame& frame, const AVPixFmtDescriptor& format, const Colour& colour) {
  const std::string pattern = std::string(format.name).substr(6, 4);  // bayer_rggb8
  const bool wide = format.comp[0].step > 1 || std::string_view(format.name).find("16") != std::string::npos;
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const std::size_t of =
          std::string_view("rgb").find(pattern[static_cast<std::size_t>(y % 2 * 2 + x % 2)]);
      std::uint8_t* const at = frame.data[0] + std::ptrdiff_t{y} * frame.linesize[0] + (wide ? 2 * x : x);
      const auto value = static_cast<std::uint8_t>(std::lround(255 * colour[of]));
      at[0] = value;
      if (wide) at[1] = value;
    }
  }
}

void fill_palette(AVFrame& frame, const Colour& colour) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(std::lround(255 * colour[i])); };
  reinterpret_cast<std::uint32_t*>(frame.data[1])[7] = 0xff000000U | byte(0) << 16 | byte(1) << 8 | byte(2);
  std::fill_n(frame.data[0], frame.linesize[0] * frame.height, std::uint8_t{7});
}

void fill_line(AVFrame& frame, const AVPixFmtDescriptor& format, int component, int row, int width,
               double value) {
  if (!is(format, AV_PIX_FMT_FLAG_FLOAT)) {
    const std::vector<std::uint16_t> line(static_cast<std::size_t>(width),
                                          static_cast<std::uint16_t>(std::lround(value)));
    av_write_image_line2(line.data(), frame.data, frame.linesize, &format, 0, row, component, width, 2);
    return;
  }
  const auto& place = format.comp[component];
  std::uint32_t bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  if (is(format, AV_PIX_FMT_FLAG_BE)) bits = __builtin_bswap32(bits);
  for (int x = 0; x < width; ++x) {
    std::memcpy(frame.data[place.plane] + std::ptrdiff_t{row} * frame.linesize[place.plane] + place.offset +
                    std::ptrdiff_t{x} * place.step,
                &bits, sizeof bits);
  }
}

PictureFrame picture(AVPixelFormat name, const Colour& colour, const Matrix& matrix, AVColorRange range,
                     bool full) {
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(name);
  PictureFrame frame(av_frame_alloc());
  frame->format = name;
  frame->width = kWidth;
  frame->height = kHeight;
  frame->colorspace = matrix.name;
  frame->color_range = range;
  REQUIRE(av_frame_get_buffer(frame.get(), 0) >= 0);
  for (std::size_t plane = 0; plane < AV_NUM_DATA_POINTERS && frame->buf[plane] != nullptr; ++plane) {
    std::fill_n(frame->buf[plane]->data, frame->buf[plane]->size, std::uint8_t{0});  // lines are or-ed in
  }
  if (is(format, AV_PIX_FMT_FLAG_BAYER)) {
    fill_bayer(*frame, format, colour);
    return frame;
  }
  if (is(format, AV_PIX_FMT_FLAG_PAL)) {
    fill_palette(*frame, colour);
    return frame;
  }
  for (int component = 0; component < format.nb_components; ++component) {
    const bool chroma = !is(format, AV_PIX_FMT_FLAG_RGB) && (component == 1 || component == 2);
    const int width = chroma ? AV_CEIL_RSHIFT(kWidth, format.log2_chroma_w) : kWidth;
    const int height = chroma ? AV_CEIL_RSHIFT(kHeight, format.log2_chroma_h) : kHeight;
    for (int row = 0; row < height; ++row) {
      fill_line(*frame, format, component, row, width, level(format, component, colour, matrix, full));
    }
  }
  return frame;
}

// The largest difference from the colour at any pixel.
int error_of(const AVFrame& frame, const Colour& colour) {
  std::vector<std::uint8_t> rgb(std::size_t{kWidth} * kHeight * 3);
  FrameConverter("test", {}, {kWidth, kHeight}).convert(frame, rgb);
  int worst = 0;
  for (std::size_t i = 0; i < rgb.size(); ++i) {
    worst = std::max(worst, std::abs(rgb[i] - static_cast<int>(std::lround(255 * colour[i % 3]))));
  }
  return worst;
}

// What swscale's own rounding costs; 4-bit colours it shifts up and leaves the low bits empty.
int tolerance(const AVPixFmtDescriptor& format) {
  return is(format, AV_PIX_FMT_FLAG_RGB) && format.comp[0].depth == 4 ? 15 : 4;
}

// All but CIE XYZ, which is neither RGB nor Y'CbCr, and rgb8, whose bits FFmpeg's libraries place
// differently.
std::vector<AVPixelFormat> formats() {
  std::vector<AVPixelFormat> result;
  for (const AVPixFmtDescriptor* format = av_pix_fmt_desc_next(nullptr); format != nullptr;
       format = av_pix_fmt_desc_next(format)) {
    const AVPixelFormat name = av_pix_fmt_desc_get_id(format);
    const bool in_memory = !is(*format, AV_PIX_FMT_FLAG_HWACCEL);
    const bool other = starts_with(*format, "xyz") || name == AV_PIX_FMT_RGB8;
    if (in_memory && sws_isSupportedInput(name) > 0 && !other) result.push_back(name);
  }
  return result;
}

const std::vector<Matrix> kMatrices{{AVCOL_SPC_UNSPECIFIED, 0.299, 0.114},
                                    {AVCOL_SPC_SMPTE170M, 0.299, 0.114},
                                    {AVCOL_SPC_BT709, 0.2126, 0.0722},
                                    {AVCOL_SPC_BT2020_NCL, 0.2627, 0.0593}};
const Matrix kOfRgb{AVCOL_SPC_RGB, 0.2126, 0.0722};
// Those of one bit a colour have only the first ones.
const std::vector<Colour> kFirst{{0, 1, 0}, {1, 0, 0}, {0, 0, 1}, {1, 1, 1}, {0, 0, 0}};
const std::vector<Colour> kOthers{{0.5, 0.5, 0.5}, {0.9, 0.6, 0.4}, {0.1, 0.3, 0.2}, {0.4, 0.2, 0.8}};
const std::vector<Colour> kGreys{{1, 1, 1}, {0, 0, 0}, {0.5, 0.5, 0.5}, {0.2, 0.2, 0.2}};

std::vector<Colour> colours(const AVPixFmtDescriptor& format) {
  if (is_grey(format)) return format.comp[0].depth == 1 ? std::vector{kFirst[3], kFirst[4]} : kGreys;
  std::vector<Colour> result = kFirst;
  if (format.comp[0].depth >= 8) result.insert(result.end(), kOthers.begin(), kOthers.end());
  return result;
}

}  // namespace

TEST_CASE("pictures of every pixel format get their colours, with any matrix and range that they name") {
  keep_ffmpeg_quiet();
  std::set<std::string> deep;
  for (const AVPixelFormat name : formats()) {
    const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(name);
    CAPTURE(format.name);
    const bool rgb = is(format, AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BAYER);
    const bool whole = rgb || format.comp[0].depth == 1;
    // These have no other range in swscale; grey of 8 bits is copied.
    const bool never_limited = is(format, AV_PIX_FMT_FLAG_FLOAT) || name == AV_PIX_FMT_GRAY8;
    const bool jpeg = starts_with(format, "yuvj");
    if (format.comp[0].depth > 8) deep.insert(format.name);
    std::vector<Matrix> matrices = kMatrices;
    if (rgb) matrices.push_back(kOfRgb);
    for (const Matrix& matrix : matrices) {
      for (const AVColorRange range : {AVCOL_RANGE_UNSPECIFIED, AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG}) {
        if ((jpeg || (!rgb && never_limited)) && range == AVCOL_RANGE_MPEG) continue;
        const bool full = whole || jpeg || range == AVCOL_RANGE_JPEG ||
                          (range == AVCOL_RANGE_UNSPECIFIED && is_grey(format));
        CAPTURE(av_color_space_name(matrix.name), range);
        for (const Colour& colour : colours(format)) {
          CAPTURE(colour[0], colour[1], colour[2]);
          CHECK(error_of(*picture(name, colour, matrix, range, full), colour) <= tolerance(format));
        }
      }
    }
  }
  for (const char* name :
       {"gbrp10le", "gbrp12le", "gbrp14le", "gbrp16le", "gbrap10le", "gbrap12le", "gbrap16le", "rgb48be",
        "rgba64be", "gray10le", "gray16be", "yuv420p10le", "p010le"}) {
    CAPTURE(name);
    CHECK(deep.count(name) == 1);
  }
}

TEST_CASE("one converter takes each picture's own range and matrix") {
  const Matrix &first = kMatrices[1], &second = kMatrices[3];
  const Colour colour{0.9, 0.6, 0.4};
  const PictureFrame full = picture(AV_PIX_FMT_YUV444P, colour, first, AVCOL_RANGE_JPEG, true);
  const PictureFrame unsaid = picture(AV_PIX_FMT_YUV444P, colour, second, AVCOL_RANGE_UNSPECIFIED, false);
  FrameConverter converter("test", {}, {kWidth, kHeight});
  std::vector<std::uint8_t> before(std::size_t{kWidth} * kHeight * 3), after = before;
  converter.convert(*unsaid, before);
  converter.convert(*full, after);
  converter.convert(*unsaid, after);
  CHECK(before == after);
}
