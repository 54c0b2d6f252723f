#include "data/frame_converter.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr int kRowAlignment = 64;

// FFmpeg's old formats of JPEG, which are of full range whatever else is said.
bool has_full_range_name(const AVFrame& frame) {
  constexpr std::array kFormats{AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P,
                                AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUVJ411P};
  return std::ranges::find(kFormats, frame.format) != kFormats.end();
}

bool names_full_range(const AVFrame& frame) {
  return frame.color_range == AVCOL_RANGE_JPEG || has_full_range_name(frame);
}

// Pictures without colour.
bool full_unless_said(const AVFrame& frame) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  constexpr std::uint64_t kOther = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM;
  return format != nullptr && format->nb_components <= 2 && (format->flags & kOther) == 0;
}

bool has_half_chroma_rows(const AVFrame& frame) {
  return frame.format == AV_PIX_FMT_YUV420P || frame.format == AV_PIX_FMT_YUVJ420P;
}

}  // namespace

// The matrix is given for both ways: what swscale cannot turn from one RGB into the other directly it takes
// through Y'CbCr and back.
void FrameConverter::follow_colour_tags(const AVFrame& frame) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const bool rgb = format != nullptr && (format->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  const int* matrix = sws_getCoefficients(
      rgb && frame.colorspace == AVCOL_SPC_RGB ? static_cast<int>(SWS_CS_DEFAULT) : frame.colorspace);
  const bool full = frame.color_range == AVCOL_RANGE_JPEG ||
                    (frame.color_range == AVCOL_RANGE_UNSPECIFIED && full_unless_said(frame)) ||
                    has_full_range_name(frame);
  constexpr int kAsItIs = 1 << 16;  // contrast and saturation
  sws_setColorspaceDetails(scaler_.get(), matrix, full ? 1 : 0, matrix, 0, 0, kAsItIs, kAsItIs);
}

// At full size. As OpenCV's VideoCapture since 4.9: swscale, bicubic where chroma must be interpolated.
void FrameConverter::to_rgb(const AVFrame& frame, std::uint8_t* rows, int stride) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const int width = frame.width, height = frame.height;
  scaler_.reset(sws_getCachedContext(scaler_.release(), width, height, format, width, height,
                                     AV_PIX_FMT_RGB24, SWS_BICUBIC, nullptr, nullptr, nullptr));
  const char* format_name = av_get_pix_fmt_name(format);
  expect(scaler_ != nullptr, "{}: pixels of format {} cannot be turned into RGB", name_,
         format_name == nullptr ? "unknown" : format_name);
  follow_colour_tags(frame);
  const int result = sws_scale(scaler_.get(), frame.data, frame.linesize, 0, height, &rows, &stride);
  expect(result >= 0, "{}: converting to RGB failed ({})", name_, ffmpeg_error(result));
}

// In rgb_. swscale's vector code works in whole vectors and may leave, or overrun, the end of a row that is
// not padded.
Pixels FrameConverter::padded_rgb(const AVFrame& frame) {
  const int stride = (frame.width * 3 / kRowAlignment + 2) * kRowAlignment;
  rgb_.resize(static_cast<std::size_t>(stride) * static_cast<std::size_t>(frame.height + 1));
  to_rgb(frame, rgb_.data(), stride);
  return {rgb_.data(), stride, frame.width, frame.height};
}

// Rows of whole vectors need no padding: large pictures are held once.
bool FrameConverter::straight(const AVFrame& frame) const {
  return orientation_.upright() && frame.width == size_.width && frame.height == size_.height &&
         frame.width % kRowAlignment == 0;
}

void FrameConverter::resize(const Pixels& pixels, std::uint8_t* out) {
  if (pixels.width == size_.width && pixels.height == size_.height) {
    const std::size_t row = static_cast<std::size_t>(pixels.width) * 3;
    for (int y = 0; y < pixels.height; ++y) {
      std::memcpy(out + static_cast<std::size_t>(y) * row, pixels.data + y * pixels.stride, row);
    }
    return;
  }
  if (resizer_ == nullptr || resizer_source_.width != pixels.width ||
      resizer_source_.height != pixels.height) {
    resizer_ = std::make_unique<Resizer>(pixels.width, pixels.height, size_.width, size_.height);
    resizer_source_ = {pixels.width, pixels.height};
  }
  resizer_->run(pixels.data, pixels.stride, out);
}

// Pictures of an odd height swscale converts in another, slower way, with chroma interpolated.
bool FrameConverter::in_one_pass(const AVFrame& frame) const {
  const bool planes = has_half_chroma_rows(frame) || frame.format == AV_PIX_FMT_YUV422P ||
                      frame.format == AV_PIX_FMT_YUVJ422P;
  const bool same_size = frame.width == size_.width && frame.height == size_.height;
  return planes && orientation_.upright() && !same_size && frame.height % 2 == 0 &&
         frame.width >= YuvResizer::kLeastWidth;
}

void FrameConverter::resize_in_one_pass(const AVFrame& frame, std::uint8_t* out) {
  if (yuv_resizer_ == nullptr || yuv_source_.width != frame.width || yuv_source_.height != frame.height ||
      yuv_format_ != frame.format) {
    yuv_resizer_ = std::make_unique<YuvResizer>(frame.width, frame.height, has_half_chroma_rows(frame),
                                                size_.width, size_.height);
    yuv_source_ = {frame.width, frame.height};
    yuv_format_ = frame.format;
  }
  YuvPlanes planes;
  for (std::size_t i = 0; i < planes.data.size(); ++i) {
    planes.data[i] = frame.data[i];
    planes.stride[i] = frame.linesize[i];
  }
  yuv_resizer_->run(planes, yuv_to_rgb(sws_getCoefficients(frame.colorspace), names_full_range(frame)), out);
}

void FrameConverter::convert(const AVFrame& frame, std::span<std::uint8_t> out) {
  if (in_one_pass(frame)) return resize_in_one_pass(frame, out.data());
  if (straight(frame)) return to_rgb(frame, out.data(), frame.width * 3);
  Pixels pixels = padded_rgb(frame);
  if (!orientation_.upright()) {
    shown_.resize(static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.height) * 3);
    turn(pixels, orientation_, shown_.data());
    if (orientation_.transposed) std::swap(pixels.width, pixels.height);
    pixels = {shown_.data(), std::ptrdiff_t{3} * pixels.width, pixels.width, pixels.height};
  }
  resize(pixels, out.data());
}

}  // namespace c3d
