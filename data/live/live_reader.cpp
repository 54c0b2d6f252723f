#include "data/live/live_reader.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "data/frame_converter.h"
#include "data/gpu_frames.h"
#include "data/live/packet_recorder.h"
#include "engine/core/error.h"
#include "engine/io/read_error.h"

namespace c3d {

class LiveReader::Implementation {
 public:
  Implementation(const LiveAddress& address, const LiveReadOptions& options);

  bool next(LiveFrame& frame);
  void convert(FrameSize size, std::span<std::uint8_t> out);
  std::string description() const;

  const LiveInput& input() const { return input_; }
  std::optional<PacketRecorder>& recorder() { return recorder_; }

 private:
  void open_decoder(const ReadLimits& limits);
  void feed();
  void describe(LiveFrame& frame);

  std::string name_;
  LiveInput input_;
  std::string codec_;
  CodecContext decoder_;
  std::optional<GpuFrames> gpu_;  // where one may decode
  CodedPacket packet_;
  PictureFrame frame_;
  FrameConverter converter_;
  FrameSize size_ = {}, source_ = {};  // that the converter was made for
  std::optional<PacketRecorder> recorder_;
  TimePoint arrival_ = {};
  bool draining_ = false;
};

LiveReader::Implementation::Implementation(const LiveAddress& address, const LiveReadOptions& options)
    : name_(address.name), input_(address, options), packet_(av_packet_alloc()), frame_(av_frame_alloc()) {
  if (packet_ == nullptr || frame_ == nullptr) fail_to_read("{}: out of memory", name_);
  open_decoder(options.limits);
  if (options.keeps_packets) recorder_.emplace(input_.stream());
}

void LiveReader::Implementation::open_decoder(const ReadLimits& limits) {
  const AVStream& stream = input_.stream();
  codec_ = avcodec_get_name(stream.codecpar->codec_id);
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  expect(codec != nullptr, "{}: this FFmpeg has no decoder for {} video", name_, codec_);
  decoder_.reset(avcodec_alloc_context3(codec));
  if (decoder_ == nullptr) fail_to_read("{}: out of memory", name_);
  int result = avcodec_parameters_to_context(decoder_.get(), stream.codecpar);
  decoder_->pkt_timebase = stream.time_base;
  decoder_->thread_count = 1;  // more would hold back as many frames
  decoder_->max_pixels = limits.max_pixels;
  if (limits.device) gpu_.emplace(*limits.device, *codec, *decoder_, name_);
  if (result >= 0) result = avcodec_open2(decoder_.get(), codec, nullptr);
  expect(result >= 0, "{}: cannot start the {} decoder ({})", name_, codec_, ffmpeg_error(result));
}

std::string LiveReader::Implementation::description() const {
  const AVCodecParameters& video = *input_.stream().codecpar;
  std::string text = fmt::format("{}, {}x{}", codec_, video.width, video.height);
  const AVRational rate = av_guess_frame_rate(&input_.container(), &input_.stream(), nullptr);
  if (rate.num > 0 && rate.den > 0) text += fmt::format(", {:.4g} frames a second", av_q2d(rate));
  return text;
}

// Gives the decoder one packet more, or the end.
void LiveReader::Implementation::feed() {
  if (!input_.next(*packet_)) {
    draining_ = true;
    static_cast<void>(avcodec_send_packet(decoder_.get(), nullptr));
    return;
  }
  arrival_ = std::chrono::steady_clock::now();
  if (recorder_) recorder_->add(*packet_, arrival_);
  // An empty packet shows the last picture on; the decoder would take it for the end.
  if (packet_->size > 0) static_cast<void>(avcodec_send_packet(decoder_.get(), packet_.get()));
  av_packet_unref(packet_.get());
}

bool LiveReader::Implementation::next(LiveFrame& frame) {
  for (;;) {
    const int result = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (result >= 0 && frame_->width > 0 && frame_->height > 0) {
      if (gpu_) gpu_->fetch(*frame_);
      describe(frame);
      return true;
    }
    if (result < 0 && draining_) return false;
    if (result < 0) feed();
  }
}

void LiveReader::Implementation::describe(LiveFrame& frame) {
  const std::int64_t time = frame_->best_effort_timestamp;
  frame.seconds.reset();
  if (time != AV_NOPTS_VALUE) frame.seconds = static_cast<double>(time) * av_q2d(input_.stream().time_base);
  frame.arrival = arrival_;
  const Orientation shown = orientation(display_matrix(input_.stream(), *frame_));
  frame.shown =
      shown.transposed ? FrameSize{frame_->height, frame_->width} : FrameSize{frame_->width, frame_->height};
}

void LiveReader::Implementation::convert(FrameSize size, std::span<std::uint8_t> out) {
  const bool same = size.width == size_.width && size.height == size_.height &&
                    source_.width == frame_->width && source_.height == frame_->height;
  if (!same) {
    converter_ = FrameConverter(name_, orientation(display_matrix(input_.stream(), *frame_)), size);
    size_ = size;
    source_ = {frame_->width, frame_->height};
  }
  converter_.convert(*frame_, out);
}

LiveReader::LiveReader(const LiveAddress& address, const LiveReadOptions& options)
    : implementation_(std::make_unique<Implementation>(address, options)) {}
LiveReader::~LiveReader() = default;
bool LiveReader::next(LiveFrame& frame) { return implementation_->next(frame); }
void LiveReader::convert(FrameSize size, std::span<std::uint8_t> out) { implementation_->convert(size, out); }
bool LiveReader::has_end() const { return implementation_->input().has_end(); }
std::string LiveReader::description() const { return implementation_->description(); }

void LiveReader::keep_since(TimePoint time) {
  if (auto& recorder = implementation_->recorder()) recorder->keep_since(time);
}

void LiveReader::record(const std::filesystem::path& name, TimePoint from, TimePoint until) {
  if (auto& recorder = implementation_->recorder()) recorder->record(name, from, until);
}

void LiveReader::end_recording() {
  if (auto& recorder = implementation_->recorder()) recorder->end();
}

std::vector<Recording> LiveReader::take_recordings() {
  auto& recorder = implementation_->recorder();
  return recorder ? recorder->take_recordings() : std::vector<Recording>();
}

}  // namespace c3d
