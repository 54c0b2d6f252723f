#include "data/video_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "data/media_formats.h"
#include "data/what_it_is.h"
#include "engine/io/read_error.h"

namespace c3d {
namespace {

// Damaged files: a container or decoder that fails this often without giving anything in between is at its
// end.
constexpr int kFailuresInARow = 64;
// Edit lists repeat parts of a video; none that people make does so this often.
constexpr std::uint64_t kMostRepetitions = 64;
constexpr std::size_t kMemoryOfAnyFrame = std::size_t{512} << 20;  // the most pixels, with 8 bytes each

// The first stream of moving pictures; a cover picture of a sound file is none.
AVStream* find_video(const AVFormatContext& container) {
  for (unsigned i = 0; i < container.nb_streams; ++i) {
    AVStream* stream = container.streams[i];
    const bool cover = (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !cover) return stream;
  }
  return nullptr;
}

// The one of most pixels; less than that counts whether it is the file's own choice, more whether it has
// packets.
AVStream* find_video_of_tool(const AVFormatContext& container) {
  AVStream* best = nullptr;
  std::int64_t best_score = 0;
  for (unsigned i = 0; i < container.nb_streams; ++i) {
    AVStream* stream = container.streams[i];
    if (stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO) continue;
    const bool cover = (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    const bool chosen = (stream->disposition & AV_DISPOSITION_DEFAULT) != 0;
    const bool has_packets = (stream->event_flags & AVSTREAM_EVENT_FLAG_NEW_PACKETS) != 0;
    const std::int64_t score = std::int64_t{stream->codecpar->width} * stream->codecpar->height +
                               (has_packets ? 100'000'000 : 0) + (chosen ? 5'000'000 : 0);
    if (cover || score <= best_score) continue;
    best = stream;
    best_score = score;
  }
  return best;
}

}  // namespace

VideoDecoder::VideoDecoder(const std::filesystem::path& path, Numbering numbering, const ReadLimits& limits)
    : path_(path), limits_(limits), input_(path, limits.timeout_seconds), packet_(av_packet_alloc()) {
  keep_ffmpeg_quiet();
  if (packet_ == nullptr) fail_to_read("{}: out of memory", path_);
  open_container(numbering);
  open_decoder();
  if (numbering.goes_by_time()) clock_.emplace(*container_, *stream_, *decoder_);
}

void VideoDecoder::open_container(const Numbering& numbering) {
  static_cast<void>(take_ffmpeg_log());  // whatever an earlier file left behind
  const std::string name = name_for_ffmpeg(path_);
  const AVInputFormat& format = find_format(name);
  AVFormatContext* opened = input_.new_container();
  if (opened == nullptr) fail_to_read("{}: out of memory", path_);
  const int result = avformat_open_input(&opened, name.c_str(), &format, nullptr);
  if (result < 0) fail_to_open(result, &format);
  container_.reset(opened);
  look_into_streams();
  stream_ = numbering.goes_by_time() ? find_video_of_tool(*container_) : find_video(*container_);
  if (stream_ == nullptr) {
    input_.check();
    fail("{}: holds no video", path_);
  }
  for (unsigned i = 0; i < container_->nb_streams; ++i) {
    if (container_->streams[i] != stream_) container_->streams[i]->discard = AVDISCARD_ALL;
  }
}

const AVInputFormat& VideoDecoder::find_format(const std::string& name) {
  const Probe probe = probe_format(input_.bytes(), name);
  if (probe.format == nullptr) fail_to_open(probe.status, nullptr);
  const bool is_video = is_video_format(*probe.format);
  if (is_video && probe.is_certain) return *probe.format;
  input_.check();
  const std::optional<std::string> what = what_it_is(input_.head(), path_);
  if (what) fail("{}: {}", path_, *what);
  if (!is_video) fail("{}: is no video: FFmpeg takes it for {}", path_, probe.format->long_name);
  return *probe.format;
}

// Also teaches the decoder how many frames it must hold back to give them in order.
void VideoDecoder::look_into_streams() {
  std::vector<AVDictionary*> options(container_->nb_streams, nullptr);  // of the decoders that look
  for (AVDictionary*& option : options) av_dict_set_int(&option, "max_pixels", limits_.max_pixels, 0);
  const int result = avformat_find_stream_info(container_.get(), options.data());
  for (AVDictionary*& option : options) av_dict_free(&option);
  input_.check();
  check_memory(result);
  expect(result >= 0, "{}: cannot tell what it holds ({})", path_, ffmpeg_error(result));
}

void VideoDecoder::fail_to_open(int status, const AVInputFormat* format) {
  input_.check();
  check_memory(status);
  const std::optional<std::string> what = what_it_is(input_.head(), path_);
  if (what) fail("{}: {}", path_, *what);
  const std::string reason = ffmpeg_error(status);
  if (format != nullptr) check_pipe(*format, reason);
  fail("{}: not a video that FFmpeg can open ({})", path_, reason);
}

// Of a file that gives nothing. The frames of an MP4 are found through its index.
void VideoDecoder::check_pipe(const AVInputFormat& format, const std::string& reason) const {
  expect(
      input_.seekable() || av_match_name("mp4", format.name) == 0,
      "{}: an MP4 whose index stands at its end cannot be read from a pipe ({}): give the file, or move its "
      "index to the front (ffmpeg -i FILE -c copy -movflags faststart OUT)",
      path_, reason);
}

void VideoDecoder::open_decoder() {
  const AVCodecID id = stream_->codecpar->codec_id;
  codec_ = avcodec_get_name(id);
  const AVCodec* codec = avcodec_find_decoder(id);
  expect(codec != nullptr, "{}: this FFmpeg has no decoder for {} video", path_, codec_);
  decoder_.reset(avcodec_alloc_context3(codec));
  if (decoder_ == nullptr) fail_to_read("{}: out of memory", path_);
  check_size(stream_->codecpar->width, stream_->codecpar->height);
  int result = avcodec_parameters_to_context(decoder_.get(), stream_->codecpar);
  decoder_->pkt_timebase = stream_->time_base;
  decoder_->thread_count = 1;  // videos are decoded side by side, one thread each
  decoder_->max_pixels = limits_.max_pixels;
  if (limits_.device) gpu_.emplace(*limits_.device, *codec, *decoder_, path_.string());
  if (result >= 0) result = avcodec_open2(decoder_.get(), codec, nullptr);
  check_memory(result);
  expect(result >= 0, "{}: cannot start the {} decoder ({})", path_, codec_, ffmpeg_error(result));
}

void VideoDecoder::check_size(int width, int height) const {
  expect(std::int64_t{width} * height <= limits_.max_pixels,
         "{}: its frames have {}x{} pixels; at most {} million are decoded", path_, width, height,
         limits_.max_pixels / 1'000'000);
}

// Gives the decoder one packet more, or the end of the file. False: nothing is left to give.
bool VideoDecoder::feed() {
  if (draining_) return false;
  const int result = av_read_frame(container_.get(), packet_.get());
  if (result < 0) {
    end_of_file(result);
    return true;
  }
  failures_in_a_row_ = 0;
  input_.made_progress();
  if (packet_->stream_index == stream_->index) {
    given_bytes_ += static_cast<std::uint64_t>(packet_->size);
    check_repetition();
    if (clock_) clock_->stamp(*packet_);
    // An empty packet shows the last picture on; the decoder would take it for the end.
    const int sent = packet_->size > 0 ? avcodec_send_packet(decoder_.get(), packet_.get()) : 0;
    check_memory(sent);
    if (sent < 0) {
      ++bad_packets_;
      note_failure(ffmpeg_error(sent));
    }
  }
  av_packet_unref(packet_.get());
  return true;
}

// Where av_read_frame() gives nothing: at the end, or at a place that is damaged.
void VideoDecoder::end_of_file(int status) {
  input_.check();
  check_memory(status);
  const bool over = status == AVERROR_EOF && !(container_->pb != nullptr && container_->pb->error < 0);
  if (!over) {
    last_failure_ = ffmpeg_error(status);
    if (status != AVERROR_EOF && ++failures_in_a_row_ < kFailuresInARow) return;
    warn(fmt::format("the file breaks off: {}", last_failure_));
  } else {
    drain_log();
  }
  draining_ = true;
  if (clock_) clock_->end_of_packets();
  avcodec_send_packet(decoder_.get(), nullptr);
}

// A few bytes of an index can name the same frames a million times.
void VideoDecoder::check_repetition() const {
  expect(!input_.seekable() || given_bytes_ / kMostRepetitions <= input_.size(),
         "{}: its index plays the same bytes more than {} times", path_, kMostRepetitions);
}

// A lack of memory is no fact of the file. A damaged file that asks for a block beyond all sense gets the
// same status, while there is memory for more than any frame.
void VideoDecoder::check_memory(int status) const {
  if (status != AVERROR(ENOMEM)) return;
  const std::unique_ptr<std::byte[]> block(new (std::nothrow) std::byte[kMemoryOfAnyFrame]);
  if (block == nullptr) fail_to_read("{}: not enough memory to decode it", path_);
}

bool VideoDecoder::next(AVFrame& frame) {
  while (!finished_) {
    const int result = avcodec_receive_frame(decoder_.get(), &frame);
    check_memory(result);
    if (result >= 0) {
      failures_in_a_row_ = 0;
      drain_log();
      if (gpu_) gpu_->fetch(frame);
      if (clock_) frame.best_effort_timestamp = clock_->time_of(frame);
      if (frame.width > 0 && frame.height > 0) {
        ++frames_;
        return true;
      }
    } else if (result == AVERROR(EAGAIN)) {
      if (!feed()) finish();
    } else if (result == AVERROR_EOF) {
      finish();
    } else {
      ++bad_packets_;
      note_failure(ffmpeg_error(result));
      if (draining_ && ++failures_in_a_row_ >= kFailuresInARow) finish();
    }
  }
  return false;
}

void VideoDecoder::note_failure(std::string failure) {
  if (says_too_large(failure)) too_large_ = failure.substr(0, failure.find(','));
  last_failure_ = std::move(failure);
}

// FFmpeg goes on past much that it logs as an error.
void VideoDecoder::drain_log() {
  std::string complaint = take_ffmpeg_log();
  if (!complaint.empty()) note_failure(std::move(complaint));
}

void VideoDecoder::finish() {
  finished_ = true;
  drain_log();
  if (frames_ == 0) {
    expect(too_large_.empty(), "{}: its frames are too large to be decoded: {}", path_, too_large_);
    check_pipe(*container_->iformat, last_failure_);
  } else if (!too_large_.empty()) {
    warn(fmt::format("frames that are too large are left out: {}", too_large_));
  }
  if (bad_packets_ > 0) {
    warn(fmt::format("{} packet{} did not decode, the last one: {}", bad_packets_,
                     bad_packets_ == 1 ? "" : "s", last_failure_));
  } else if (!last_failure_.empty() && warnings_.empty()) {
    warn(fmt::format("FFmpeg went on past an error: {}", last_failure_));
  }
}

void VideoDecoder::warn(const std::string& text) {
  if (std::find(warnings_.begin(), warnings_.end(), text) == warnings_.end()) {
    warnings_.push_back(text);
  }
}

}  // namespace c3d
