#include "data/gpu_frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "engine/core/error.h"

namespace c3d {
namespace {

bool is_built_in(AVHWDeviceType wanted) {
  AVHWDeviceType type = AV_HWDEVICE_TYPE_NONE;
  while ((type = av_hwdevice_iterate_types(type)) != AV_HWDEVICE_TYPE_NONE) {
    if (type == wanted) return true;
  }
  return false;
}

// That it needs nothing but the device to decode by it.
bool can_ask_gpu(const AVCodec& codec) {
  for (int i = 0; const AVCodecHWConfig* config = avcodec_get_hw_config(&codec, i); ++i) {
    const bool by_device = (config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX) != 0;
    if (by_device && config->device_type == AV_HWDEVICE_TYPE_CUDA) return true;
  }
  return false;
}

bool is_fetched_alike(AVPixelFormat software) {
  return software == AV_PIX_FMT_YUV420P || software == AV_PIX_FMT_YUVJ420P;
}

AVPixelFormat choose_format(AVCodecContext* decoder, const AVPixelFormat* offered) {
  const AVPixelFormat chosen = format_to_decode(decoder->sw_pix_fmt, offered);
  // A GPU that refused the stream said so as an error, and FFmpeg asks again: it is no fault of the file.
  const bool was_refused = chosen != AV_PIX_FMT_CUDA && is_fetched_alike(decoder->sw_pix_fmt);
  if (was_refused) static_cast<void>(take_ffmpeg_log());
  return chosen;
}

}  // namespace

DecodeDevice::DecodeDevice(int gpu, bool decodes_all) : decodes_all_(decodes_all) {
  keep_ffmpeg_quiet();
  expect(is_built_in(AV_HWDEVICE_TYPE_CUDA),
         "this FFmpeg was built without CUDA, so that no GPU can decode: let the CPU (--decode cpu)");
  static_cast<void>(take_ffmpeg_log());
  AVBufferRef* opened = nullptr;
  const int result =
      av_hwdevice_ctx_create(&opened, AV_HWDEVICE_TYPE_CUDA, std::to_string(gpu).c_str(), nullptr, 0);
  expect(result >= 0, "FFmpeg cannot open cuda:{} to decode ({}): let the CPU decode (--decode cpu)", gpu,
         ffmpeg_error(result));
  context_.reset(opened);
}

bool is_exact(AVCodecID codec) {
  constexpr std::array kExact{AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP8, AV_CODEC_ID_VP9,
                              AV_CODEC_ID_AV1};
  return std::ranges::find(kExact, codec) != kExact.end();
}

AVPixelFormat format_to_decode(AVPixelFormat software, const AVPixelFormat* offered) {
  const bool fits = is_fetched_alike(software);
  AVPixelFormat last = AV_PIX_FMT_NONE;
  for (; *offered != AV_PIX_FMT_NONE; ++offered) {
    if (fits && *offered == AV_PIX_FMT_CUDA) return AV_PIX_FMT_CUDA;
    last = *offered;
  }
  return last;
}

void split_chroma(const AVFrame& from, AVFrame& to) {
  const auto width = static_cast<std::size_t>(from.width);
  for (std::ptrdiff_t y = 0; y < from.height; ++y) {
    std::memcpy(to.data[0] + y * to.linesize[0], from.data[0] + y * from.linesize[0], width);
  }
  const std::size_t columns = (width + 1) / 2;
  for (std::ptrdiff_t y = 0; y < (from.height + 1) / 2; ++y) {
    const std::uint8_t* pairs = from.data[1] + y * from.linesize[1];
    std::uint8_t* const u = to.data[1] + y * to.linesize[1];
    std::uint8_t* const v = to.data[2] + y * to.linesize[2];
    for (std::size_t x = 0; x < columns; ++x) {
      u[x] = pairs[2 * x];
      v[x] = pairs[2 * x + 1];
    }
  }
}

GpuFrames::GpuFrames(const DecodeDevice& device, const AVCodec& codec, AVCodecContext& decoder,
                     std::string name)
    : decodes_all_(device.decodes_all()),
      decoder_(decoder),
      name_(std::move(name)),
      fetched_(av_frame_alloc()),
      planes_(av_frame_alloc()) {
  expect(fetched_ != nullptr && planes_ != nullptr, "{}: out of memory", name_);
  const bool can_ask = can_ask_gpu(codec);
  expect(can_ask || !decodes_all_, "{}: FFmpeg has no GPU decoder for {} video: --decode auto lets the CPU",
         name_, avcodec_get_name(codec.id));
  if (!can_ask || (!decodes_all_ && !is_exact(codec.id))) return;
  decoder.hw_device_ctx = av_buffer_ref(&device.context());  // the decoder's own from here on
  expect(decoder.hw_device_ctx != nullptr, "{}: out of memory", name_);
  decoder.get_format = choose_format;
}

void GpuFrames::fetch(AVFrame& frame) {
  if (frame.format != AV_PIX_FMT_CUDA) {
    expect(!decodes_all_, "{}: the GPU does not decode this {} video: --decode auto lets the CPU", name_,
           avcodec_get_name(decoder_.codec_id));
    return;
  }
  av_frame_unref(fetched_.get());
  av_frame_unref(planes_.get());
  int result = av_hwframe_transfer_data(fetched_.get(), &frame, 0);
  expect(result >= 0 && fetched_->format == AV_PIX_FMT_NV12,
         "{}: its frames cannot be fetched from the GPU ({}): let the CPU decode (--decode cpu)", name_,
         result < 0 ? ffmpeg_error(result) : "they are not NV12");
  planes_->format = decoder_.sw_pix_fmt;
  planes_->width = fetched_->width;
  planes_->height = fetched_->height;
  result = av_frame_get_buffer(planes_.get(), 0);
  expect(result >= 0, "{}: out of memory", name_);
  split_chroma(*fetched_, *planes_);
  result = av_frame_copy_props(planes_.get(), &frame);
  // FFmpeg cuts a GPU's pictures on the right and below, and leaves the rest to do.
  planes_->crop_left = frame.crop_left;
  planes_->crop_top = frame.crop_top;
  if (result >= 0) result = av_frame_apply_cropping(planes_.get(), 0);
  expect(result >= 0, "{}: its frames cannot be cut ({})", name_, ffmpeg_error(result));
  av_frame_unref(&frame);
  av_frame_move_ref(&frame, planes_.get());
}

}  // namespace c3d
