#include "data/video_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "data/ffmpeg.h"
#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/io/atomic_file.h"

namespace c3d {
namespace {

// Containers of one file that hold H.264 and MPEG-4. FFmpeg knows more by their names: playlists that write
// their segments beside them, folders of pictures, devices.
constexpr std::array<std::string_view, 8> kExtensions{".mp4", ".m4v", ".mov", ".mkv",
                                                      ".avi", ".ts",  ".flv", ".h264"};

// x264 keeps some tens of pictures to look ahead, each with copies in between its pixels and small ones: 4 GB
// at 8K. Of large pictures it keeps fewer; of the largest only the one before, at one quantiser for all.
constexpr std::int64_t kMostPixels = std::int64_t{2560} * 1440;
constexpr std::int64_t kMostPixelsAhead = std::int64_t{4096} * 2304;

constexpr std::size_t kVectorBytes = 64;

std::string x264_parameters(const VideoWriterOptions& options) {
  // Key frames and B-frames where the options say, not where x264 sees a cut.
  std::string usual = "scenecut=0:b-adapt=0";
  const std::int64_t pixels = std::int64_t{options.width} * options.height;
  if (pixels <= kMostPixels) return usual;
  if (pixels <= kMostPixelsAhead) return usual + ":rc-lookahead=10:ref=2";
  return fmt::format("{}:rc-lookahead=0:mbtree=0:bframes=0:ref=1:subme=0:me=dia:weightp=0:aq-mode=0:qp={}",
                     usual, options.quality);
}

// OpenH264 has whole macroblocks of 4:2:0, and no more of them than H.264's level 5.2.
constexpr int kMacroblock = 16;
constexpr std::int64_t kMostMacroblocks = 36'864;

bool fits_openh264(const VideoWriterOptions& options) {
  const std::int64_t across = (options.width + kMacroblock - 1) / kMacroblock;
  const std::int64_t down = (options.height + kMacroblock - 1) / kMacroblock;
  return options.width >= kMacroblock && options.height >= kMacroblock && options.width % 2 == 0 &&
         options.height % 2 == 0 && across * down <= kMostMacroblocks;
}

enum class Encoder { x264, openh264, mpeg4 };

struct EncoderChoice {
  Encoder encoder = Encoder::mpeg4;
  const AVCodec* codec = nullptr;  // null: this FFmpeg has none of them
};

EncoderChoice choose_encoder(const VideoWriterOptions& options) {
  if (const AVCodec* x264 = avcodec_find_encoder_by_name("libx264")) return {Encoder::x264, x264};
  const AVCodec* openh264 = avcodec_find_encoder_by_name("libopenh264");
  if (openh264 != nullptr && fits_openh264(options)) return {Encoder::openh264, openh264};
  return {Encoder::mpeg4, avcodec_find_encoder(AV_CODEC_ID_MPEG4)};
}

const std::filesystem::path& checked_name(const std::filesystem::path& path) {
  check_video_name(path);
  return path;
}

}  // namespace

void check_video_name(const std::filesystem::path& path) {
  const std::string extension = lower_ascii(path.extension().native());
  expect(std::ranges::find(kExtensions, extension) != kExtensions.end(),
         "{}: a video is not written under such a name; use {}", path, fmt::join(kExtensions, ", "));
}

class VideoWriter::Implementation {
 public:
  Implementation(const std::filesystem::path& path, const VideoWriterOptions& options);
  ~Implementation();
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  void write(std::span<const std::uint8_t> rgb);
  void finish();

 private:
  void open_encoder();
  void set_quality(Encoder choice);
  void open_file();
  void encode(const AVFrame* frame);
  void convert(const std::uint8_t* rows, int first, int count);
  void check(int status, const char* what) const {
    expect(status >= 0, "{}: {} failed ({})", path_.string(), what, ffmpeg_error(status));
  }

  std::filesystem::path path_;
  VideoWriterOptions options_;
  AtomicFile file_;  // FFmpeg writes its part by name
  OutputContainer container_;
  CodecContext encoder_;
  PictureFrame frame_;
  CodedPacket packet_;
  Scaler scaler_;
  std::vector<std::uint8_t> last_rows_;
  AVStream* stream_ = nullptr;
  std::int64_t frames_ = 0;
  bool finished_ = false;
};

VideoWriter::Implementation::Implementation(const std::filesystem::path& path,
                                            const VideoWriterOptions& options)
    : path_(checked_name(path)),
      options_(options),
      file_(path),
      frame_(av_frame_alloc()),
      packet_(av_packet_alloc()) {
  keep_ffmpeg_quiet();
  expect(options.width > 0 && options.height > 0, "{}: a video of {}x{} pixels", path.string(), options.width,
         options.height);
  expect(options.fps > 0 && options.fps <= 1000, "{}: {} frames per second", path.string(), options.fps);
  static_cast<void>(take_ffmpeg_log());
  AVFormatContext* container = nullptr;
  const AVOutputFormat* format = av_guess_format(nullptr, path.c_str(), nullptr);
  expect(format != nullptr, "{}: this FFmpeg has no such container; use .mp4", path);
  check(avformat_alloc_output_context2(&container, format, nullptr, ffmpeg_file(file_.part()).c_str()),
        "making the container");
  container_.reset(container);
  container_->flags |= AVFMT_FLAG_BITEXACT;  // no dates, no versions: the same frames give the same file
  open_encoder();
  open_file();
}

VideoWriter::Implementation::~Implementation() {
  if (container_ != nullptr) avio_closep(&container_->pb);
}

void VideoWriter::Implementation::open_encoder() {
  const auto [choice, codec] = choose_encoder(options_);
  expect(codec != nullptr, "{}: this FFmpeg can encode neither H.264 nor MPEG-4", path_.string());
  encoder_.reset(avcodec_alloc_context3(codec));
  stream_ = avformat_new_stream(container_.get(), nullptr);
  expect(encoder_ != nullptr && stream_ != nullptr && frame_ != nullptr && packet_ != nullptr,
         "{}: out of memory", path_.string());
  AVCodecContext& encoder = *encoder_;
  encoder.width = options_.width;
  encoder.height = options_.height;
  encoder.framerate = av_d2q(options_.fps, 100'000);
  encoder.time_base = av_inv_q(encoder.framerate);
  encoder.max_b_frames = options_.b_frames;
  encoder.gop_size = options_.key_frame_every;
  encoder.thread_count = 1;
  // 4:2:0 has no odd sizes in H.264.
  const bool odd = options_.width % 2 != 0 || options_.height % 2 != 0;
  encoder.pix_fmt = choice == Encoder::x264 && odd ? AV_PIX_FMT_YUV444P : AV_PIX_FMT_YUV420P;
  encoder.color_range = AVCOL_RANGE_MPEG;
  encoder.colorspace = AVCOL_SPC_SMPTE170M;  // what swscale computes unless told otherwise
  if ((container_->oformat->flags & AVFMT_GLOBALHEADER) != 0) encoder.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  encoder.flags |= AV_CODEC_FLAG_BITEXACT;
  set_quality(choice);
  check(avcodec_open2(&encoder, codec, nullptr), "starting the encoder");
  frame_->width = encoder.width;
  frame_->height = encoder.height;
  frame_->format = encoder.pix_fmt;
  check(av_frame_get_buffer(frame_.get(), 0), "allocating a frame");
  scaler_.reset(sws_getContext(encoder.width, encoder.height, AV_PIX_FMT_RGB24, encoder.width, encoder.height,
                               encoder.pix_fmt, SWS_BICUBIC | SWS_ACCURATE_RND, nullptr, nullptr, nullptr));
  last_rows_.resize(static_cast<std::size_t>(options_.width) * 6 + kVectorBytes);
  expect(scaler_ != nullptr, "{}: FFmpeg cannot convert RGB for the encoder", path_.string());
}

void VideoWriter::Implementation::set_quality(Encoder choice) {
  AVCodecContext& encoder = *encoder_;
  switch (choice) {
    case Encoder::x264:
      check(av_opt_set_double(encoder.priv_data, "crf", options_.quality, 0), "setting the quality");
      check(av_opt_set(encoder.priv_data, "x264-params", x264_parameters(options_).c_str(), 0),
            "setting x264's options");
      return;
    case Encoder::openh264:
      encoder.max_b_frames = 0;  // it has none
      encoder.qmin = encoder.qmax = std::clamp(options_.quality, 1, 51);
      encoder.slices = 1;
      check(av_opt_set(encoder.priv_data, "coder", "cabac", 0), "setting OpenH264's options");
      return;
    case Encoder::mpeg4:
      encoder.flags |= AV_CODEC_FLAG_QSCALE;
      encoder.global_quality = FF_QP2LAMBDA * std::clamp(options_.quality / 5, 1, 31);
  }
}

void VideoWriter::Implementation::open_file() {
  check(avcodec_parameters_from_context(stream_->codecpar, encoder_.get()), "describing the stream");
  stream_->time_base = encoder_->time_base;
  stream_->avg_frame_rate = encoder_->framerate;
  check(avio_open(&container_->pb, container_->url, AVIO_FLAG_WRITE), "opening the file");
  // The table of frames goes to the front: players start before they have the whole file.
  av_opt_set(container_.get(), "movflags", "+faststart", AV_OPT_SEARCH_CHILDREN);
  check(avformat_write_header(container_.get(), nullptr), "writing the header");
}

void VideoWriter::Implementation::encode(const AVFrame* frame) {
  check(avcodec_send_frame(encoder_.get(), frame), "encoding");
  for (;;) {
    const int status = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return;
    check(status, "encoding");
    packet_->stream_index = stream_->index;
    packet_->duration = 1;
    av_packet_rescale_ts(packet_.get(), encoder_->time_base, stream_->time_base);
    check(av_interleaved_write_frame(container_.get(), packet_.get()), "writing");
  }
}

void VideoWriter::Implementation::write(std::span<const std::uint8_t> rgb) {
  const auto bytes = static_cast<std::size_t>(options_.width) * static_cast<std::size_t>(options_.height) * 3;
  expect(rgb.size() == bytes, "{}: a frame has {} bytes, {} were given", path_.string(), bytes, rgb.size());
  expect(!finished_, "{}: a frame after the end", path_.string());
  check(av_frame_make_writable(frame_.get()), "allocating a frame");
  // swscale reads whole vectors, also past the last pixel: the last rows get room behind them.
  const int last_rows = options_.height > 2 ? 2 - options_.height % 2 : options_.height;
  const std::size_t end = static_cast<std::size_t>(last_rows) * static_cast<std::size_t>(options_.width) * 3;
  std::ranges::copy(rgb.last(end), last_rows_.begin());
  if (last_rows < options_.height) convert(rgb.data(), 0, options_.height - last_rows);
  convert(last_rows_.data(), options_.height - last_rows, last_rows);
  frame_->pts = frames_++;
  encode(frame_.get());
}

void VideoWriter::Implementation::convert(const std::uint8_t* rows, int first, int count) {
  const int stride = options_.width * 3;
  check(sws_scale(scaler_.get(), &rows, &stride, first, count, frame_->data, frame_->linesize), "converting");
}

void VideoWriter::Implementation::finish() {
  expect(!finished_, "{}: finished twice", path_.string());
  expect(frames_ > 0, "{}: a video without frames", path_.string());
  finished_ = true;
  encode(nullptr);
  check(av_write_trailer(container_.get()), "writing the end of the file");
  check(avio_closep(&container_->pb), "closing the file");
  file_.commit();
}

VideoWriter::VideoWriter(const std::filesystem::path& path, const VideoWriterOptions& options)
    : implementation_(std::make_unique<Implementation>(path, options)) {}
VideoWriter::~VideoWriter() = default;
void VideoWriter::write(std::span<const std::uint8_t> rgb) { implementation_->write(rgb); }
void VideoWriter::finish() { implementation_->finish(); }

}  // namespace c3d
