#include "data/jpeg.h"

#include <vector>

#include "data/ffmpeg.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

void check(int status, const char* what) {
  expect(status >= 0, "a JPEG picture: {} failed ({})", what, ffmpeg_error(status));
}

CodecContext open_encoder(int width, int height, int quantizer) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  expect(codec != nullptr, "this FFmpeg cannot encode JPEG");
  CodecContext context(avcodec_alloc_context3(codec));
  expect(context != nullptr, "a JPEG picture: out of memory");
  context->width = width;
  context->height = height;
  context->time_base = {1, 25};
  context->pix_fmt = AV_PIX_FMT_YUVJ420P;
  context->color_range = AVCOL_RANGE_JPEG;
  context->colorspace = AVCOL_SPC_BT470BG;  // JFIF's
  context->thread_count = 1;
  context->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  context->global_quality = FF_QP2LAMBDA * quantizer;
  check(avcodec_open2(context.get(), codec, nullptr), "starting the encoder");
  return context;
}

// swscale reads whole vectors, also past the last pixel: each row gets room behind it.
std::vector<std::uint8_t> padded_rows(std::span<const std::uint8_t> rgb, int width, int height, int stride) {
  const std::size_t row = static_cast<std::size_t>(width) * 3;
  std::vector<std::uint8_t> rows(static_cast<std::size_t>(stride) * static_cast<std::size_t>(height));
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) {
    std::ranges::copy(rgb.subspan(y * row, row),
                      rows.begin() + static_cast<std::ptrdiff_t>(y * static_cast<std::size_t>(stride)));
  }
  return rows;
}

}  // namespace

std::string encode_jpeg(std::span<const std::uint8_t> rgb, int width, int height, int quantizer) {
  keep_ffmpeg_quiet();
  expect(width > 0 && height > 0 &&
             rgb.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3,
         "a JPEG picture of {}x{} pixels from {} bytes", width, height, rgb.size());
  static_cast<void>(take_ffmpeg_log());
  const CodecContext encoder = open_encoder(width, height, quantizer);
  const PictureFrame frame(av_frame_alloc());
  const CodedPacket packet(av_packet_alloc());
  const Scaler scaler(sws_getContext(width, height, AV_PIX_FMT_RGB24, width, height, AV_PIX_FMT_YUVJ420P,
                                     SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr,
                                     nullptr));
  expect(frame != nullptr && packet != nullptr && scaler != nullptr, "a JPEG picture: out of memory");
  frame->width = width;
  frame->height = height;
  frame->format = encoder->pix_fmt;
  frame->color_range = AVCOL_RANGE_JPEG;
  frame->quality = encoder->global_quality;
  check(av_frame_get_buffer(frame.get(), 0), "allocating a frame");
  constexpr int kVectorBytes = 64;
  const int stride = (width * 3 + 2 * kVectorBytes - 1) / kVectorBytes * kVectorBytes;
  const std::vector<std::uint8_t> rows = padded_rows(rgb, width, height, stride);
  const std::uint8_t* first = rows.data();
  check(sws_scale(scaler.get(), &first, &stride, 0, height, frame->data, frame->linesize), "converting");
  frame->pts = 0;
  check(avcodec_send_frame(encoder.get(), frame.get()), "encoding");
  check(avcodec_send_frame(encoder.get(), nullptr), "encoding");
  check(avcodec_receive_packet(encoder.get(), packet.get()), "encoding");
  return {reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)};
}

}  // namespace c3d
