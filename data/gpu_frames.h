// Pictures that a GPU decoded, as the CPU's decoder would give them: FFmpeg parses the stream, counts and
// orders its pictures on the CPU either way, and the GPU fills them in. What it gives, luma and interleaved
// chroma (NV12), is fetched and put into the CPU's planes, so that all that follows is the same.
#pragma once

#include <string>

#include "data/decode_device.h"
#include "data/ffmpeg.h"

namespace c3d {

class DecodeDevice {
 public:
  // Error: this FFmpeg cannot use CUDA, or there is no such GPU. `decodes_all`: what it cannot decode is an
  // Error, in place of being decoded on the CPU.
  DecodeDevice(int gpu, bool decodes_all);

  AVBufferRef& context() const { return *context_; }
  bool decodes_all() const { return decodes_all_; }

 private:
  HardwareContext context_;
  bool decodes_all_;
};

// Of which the standard says each bit of a picture, so that all decoders give the same.
bool is_exact(AVCodecID codec);
// What a decoder shall give that may give one of `offered`, which end with AV_PIX_FMT_NONE; the last one is
// `software`, the CPU's. A GPU's pictures are fetched as 8-bit 4:2:0 alone.
AVPixelFormat format_to_decode(AVPixelFormat software, const AVPixelFormat* offered);
// From NV12 into 8-bit 4:2:0 of the same size.
void split_chroma(const AVFrame& from, AVFrame& to);

// Of one decoder.
class GpuFrames {
 public:
  // Before avcodec_open2(). The decoder then asks the device for the streams that this suits. Error: the
  // device decodes all, and FFmpeg's decoder cannot ask it. `name`: of the video, for errors.
  GpuFrames(const DecodeDevice& device, const AVCodec& codec, AVCodecContext& decoder, std::string name);

  // Of a frame that the decoder gave: what lies on the GPU comes to the host, and others stay. Error: it
  // cannot be fetched, or the device decodes all and did not decode this one.
  void fetch(AVFrame& frame);

 private:
  const bool decodes_all_;
  const AVCodecContext& decoder_;
  std::string name_;
  PictureFrame fetched_, planes_;
};

}  // namespace c3d
