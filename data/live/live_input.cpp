#include "data/live/live_input.h"

#include <cerrno>
#include <string_view>
#include <thread>
#include <vector>

#include "data/live/camera.h"
#include "data/media_formats.h"
#include "data/what_it_is.h"
#include "engine/io/read_error.h"

namespace c3d {
namespace {

constexpr std::int64_t kLookSeconds = 2;  // into a stream, for its frame rate and the order of its frames
constexpr int kReadFailuresInARow = 64;   // of a source that gives nothing in between
constexpr std::chrono::milliseconds kDevicePause{5};  // between two looks whether a camera has a picture

// Of the protocols; each takes those that it knows.
void set_network_options(AVDictionary** options) {
  // Packets that come over one connection are not lost; a server that refuses is asked for UDP.
  av_dict_set(options, "rtsp_flags", "prefer_tcp", 0);
  // A computer that is busy for a moment loses what did not fit, and not the stream.
  av_dict_set(options, "overrun_nonfatal", "1", 0);
}

}  // namespace

LiveInput::LiveInput(const LiveAddress& address, const LiveReadOptions& options)
    : address_(address), options_(options) {
  keep_ffmpeg_quiet();
  open_container();
  look_into_streams();
  choose_stream();
  begin_wait();
}

int LiveInput::must_stop(void* self) {
  auto& input = *static_cast<LiveInput*>(self);
  if (input.options_.stopped && input.options_.stopped()) return 1;
  const std::chrono::duration<double> waited = Clock::now() - input.since_;
  if (waited.count() < input.options_.limits.timeout_seconds) return 0;
  input.timed_out_ = true;
  return 1;
}

void LiveInput::check_time() const {
  if (options_.stopped && options_.stopped()) fail_to_read("{}: reading was stopped", address_.name);
  if (bytes_) bytes_->check();
  if (timed_out_) {
    fail_to_read("{}: gave no frame for {:g} seconds (--read-timeout): does it send, and is it video?",
                 address_.name, options_.limits.timeout_seconds);
  }
}

AVFormatContext* LiveInput::new_container() {
  AVFormatContext* container = bytes_ ? bytes_->new_container() : avformat_alloc_context();
  if (container == nullptr) fail_to_read("{}: out of memory", address_.name);
  container->max_analyze_duration = kLookSeconds * AV_TIME_BASE;
  if (bytes_) return container;
  container->interrupt_callback = {must_stop, this};
  if (address_.kind == LiveAddress::Kind::network) {
    container->protocol_whitelist = av_strdup(address_.protocols.c_str());
    container->format_whitelist = av_strdup(address_.formats.c_str());
  } else {
    container->flags |= AVFMT_FLAG_NONBLOCK;  // a camera that waits for a picture asks nobody whether to stop
  }
  return container;
}

// Of bytes; else FFmpeg looks itself, within the formats allowed.
const AVInputFormat* LiveInput::find_format(const std::string& name) {
  if (address_.kind == LiveAddress::Kind::device) return &device_format(address_.device_format);
  if (!bytes_) return nullptr;
  const Probe probe = probe_format(bytes_->bytes(), name);
  if (probe.format == nullptr) fail_to_open(probe.status);
  if (!is_video_format(*probe.format)) {
    fail("{}: is no video: FFmpeg takes it for {}", address_.name, probe.format->long_name);
  }
  return probe.format;
}

void LiveInput::open_container() {
  static_cast<void>(take_ffmpeg_log());  // whatever an earlier source left behind
  if (address_.kind == LiveAddress::Kind::bytes) {
    bytes_.emplace(address_.path, options_.limits.timeout_seconds, options_.stopped);
  }
  const std::string name = bytes_ ? name_for_ffmpeg(address_.path) : address_.url;
  const AVInputFormat* format = find_format(name);
  AVFormatContext* opened = new_container();
  AVDictionary* options = nullptr;
  if (address_.kind == LiveAddress::Kind::network) set_network_options(&options);
  begin_wait();
  const int result = avformat_open_input(&opened, name.c_str(), format, &options);
  av_dict_free(&options);
  if (result < 0) fail_to_open(result);
  container_.reset(opened);
  const bool is_playlist = av_match_name("hls", container_->iformat->name) != 0;
  const bool has_size = container_->pb != nullptr && avio_size(container_->pb) > 0;
  has_end_ = bytes_.has_value() || (has_size && !is_playlist) || container_->duration > 0;
}

void LiveInput::fail_to_open(int status) {
  check_time();
  std::string why = ffmpeg_error(status);
  if (why.starts_with("Format not on whitelist"))
    fail("{}: what comes from there is no video", address_.name);
  if (bytes_) {
    // A live source has no list.
    if (const auto what = what_it_is(bytes_->head(), address_.path))
      fail("{}: {}", address_.name, what->substr(0, what->find("; if it lists videos")));
  }
  // FFmpeg names the connection below the address: `Connection to tcp://HOST?timeout=0 failed: refused`.
  constexpr std::string_view kFailed = " failed: ";
  if (const std::size_t at = why.find(kFailed); at != std::string::npos && why.find("://") < at)
    why.erase(0, at + kFailed.size());
  fail_to_read("{}: cannot be opened: {}", address_.name, why);
}

// Also teaches the decoder how many frames it must hold back to give them in order.
void LiveInput::look_into_streams() {
  std::vector<AVDictionary*> options(container_->nb_streams, nullptr);  // of the decoders that look
  for (AVDictionary*& option : options) av_dict_set_int(&option, "max_pixels", options_.limits.max_pixels, 0);
  begin_wait();
  const int result = avformat_find_stream_info(container_.get(), options.data());
  for (AVDictionary*& option : options) av_dict_free(&option);
  check_time();
  if (result < 0) fail_to_read("{}: cannot tell what it sends ({})", address_.name, ffmpeg_error(result));
}

// The video with most pixels, of streams that come in several sizes; sound and the others are not read.
void LiveInput::choose_stream() {
  std::int64_t most = -1;
  for (unsigned i = 0; i < container_->nb_streams; ++i) {
    const AVCodecParameters& stream = *container_->streams[i]->codecpar;
    const std::int64_t pixels = std::int64_t{stream.width} * stream.height;
    const bool cover = (container_->streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (stream.codec_type != AVMEDIA_TYPE_VIDEO || cover || pixels <= most) continue;
    most = pixels;
    stream_ = container_->streams[i];
  }
  if (stream_ == nullptr) {
    const std::string said = take_ffmpeg_log();
    fail_to_read("{}: sends no video{}", address_.name, said.empty() ? "" : " (" + said + ")");
  }
  for (unsigned i = 0; i < container_->nb_streams; ++i) {
    if (container_->streams[i] != stream_) container_->streams[i]->discard = AVDISCARD_ALL;
  }
}

// Whether av_read_frame() gives nothing for good. ReadError: it is to stop, or its time is over.
bool LiveInput::over(int status) {
  check_time();
  const bool failed = container_->pb != nullptr && container_->pb->error < 0;
  if (status == AVERROR_EOF && !failed) return true;
  if (++failures_in_a_row_ < kReadFailuresInARow && status != AVERROR_EOF && bytes_) return false;
  fail_to_read("{}: cannot be read any more: {}", address_.name, ffmpeg_error(status));
}

bool LiveInput::next(AVPacket& packet) {
  begin_wait();
  for (;;) {
    const int result = av_read_frame(container_.get(), &packet);
    if (result >= 0) {
      failures_in_a_row_ = 0;
      if (bytes_) bytes_->made_progress();
      if (packet.stream_index == stream_->index) return true;
      av_packet_unref(&packet);
    } else if (result == AVERROR(EAGAIN)) {
      if (must_stop(this) != 0) check_time();
      std::this_thread::sleep_for(kDevicePause);
    } else if (over(result)) {
      return false;
    }
  }
}

}  // namespace c3d
