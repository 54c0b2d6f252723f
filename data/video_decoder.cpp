#include "data/video_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/core/error.h"

namespace c3d {
namespace {

// Damaged files: a container or decoder that fails this often without giving anything in between is at its
// end.
constexpr int kFailuresInARow = 64;

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

VideoDecoder::VideoDecoder(const std::filesystem::path& path, Numbering numbering)
    : path_(path), packet_(av_packet_alloc()) {
  keep_ffmpeg_quiet();
  expect(packet_ != nullptr, "{}: out of memory", path_.string());
  open_container(numbering);
  open_decoder();
  if (numbering == Numbering::ffmpeg_cfr) clock_.emplace(*container_, *stream_, *decoder_);
}

void VideoDecoder::open_container(Numbering numbering) {
  std::error_code unknown;
  const auto status = std::filesystem::status(path_, unknown);
  expect(std::filesystem::exists(status), "{}: no such file", path_.string());
  expect(!std::filesystem::is_directory(status),
         "{}: is a folder, but neither a video nor one of numbered pictures", path_.string());
  static_cast<void>(take_ffmpeg_log());  // whatever an earlier file left behind
  AVFormatContext* opened = nullptr;
  int result = avformat_open_input(&opened, ffmpeg_file(path_).c_str(), nullptr, nullptr);
  expect(result >= 0, "{}: not a video that FFmpeg can open ({})", path_.string(), ffmpeg_error(result));
  container_.reset(opened);
  // Also teaches the decoder how many frames it must hold back to give them in order.
  result = avformat_find_stream_info(container_.get(), nullptr);
  expect(result >= 0, "{}: cannot tell what it holds ({})", path_.string(), ffmpeg_error(result));
  stream_ = numbering == Numbering::ffmpeg_cfr ? find_video_of_tool(*container_) : find_video(*container_);
  expect(stream_ != nullptr, "{}: holds no video", path_.string());
  for (unsigned i = 0; i < container_->nb_streams; ++i) {
    if (container_->streams[i] != stream_) container_->streams[i]->discard = AVDISCARD_ALL;
  }
}

void VideoDecoder::open_decoder() {
  const AVCodecID id = stream_->codecpar->codec_id;
  codec_ = avcodec_get_name(id);
  const AVCodec* codec = avcodec_find_decoder(id);
  expect(codec != nullptr, "{}: this FFmpeg has no decoder for {} video", path_.string(), codec_);
  decoder_.reset(avcodec_alloc_context3(codec));
  expect(decoder_ != nullptr, "{}: out of memory", path_.string());
  int result = avcodec_parameters_to_context(decoder_.get(), stream_->codecpar);
  decoder_->pkt_timebase = stream_->time_base;
  decoder_->thread_count = 1;  // videos are decoded side by side, one thread each
  if (result >= 0) result = avcodec_open2(decoder_.get(), codec, nullptr);
  expect(result >= 0, "{}: cannot start the {} decoder ({})", path_.string(), codec_, ffmpeg_error(result));
}

// Gives the decoder one packet more, or the end of the file. False: nothing is left to give.
bool VideoDecoder::feed() {
  if (draining_) return false;
  const int result = av_read_frame(container_.get(), packet_.get());
  if (result < 0) {
    const bool over = result == AVERROR_EOF && !(container_->pb != nullptr && container_->pb->error < 0);
    if (!over) {
      last_failure_ = ffmpeg_error(result);
      if (result != AVERROR_EOF && ++failures_in_a_row_ < kFailuresInARow) return true;
      warn(fmt::format("the file breaks off: {}", last_failure_));
    } else {
      hear_complaints();
    }
    draining_ = true;
    if (clock_) clock_->end_of_packets();
    avcodec_send_packet(decoder_.get(), nullptr);
    return true;
  }
  failures_in_a_row_ = 0;
  if (packet_->stream_index == stream_->index) {
    if (clock_) clock_->stamp(*packet_);
    // An empty packet shows the last picture on; the decoder would take it for the end.
    const int sent = packet_->size > 0 ? avcodec_send_packet(decoder_.get(), packet_.get()) : 0;
    if (sent < 0) {
      ++bad_packets_;
      last_failure_ = ffmpeg_error(sent);
    }
  }
  av_packet_unref(packet_.get());
  return true;
}

bool VideoDecoder::next(AVFrame& frame) {
  while (!finished_) {
    const int result = avcodec_receive_frame(decoder_.get(), &frame);
    if (result >= 0) {
      failures_in_a_row_ = 0;
      hear_complaints();
      if (clock_) frame.best_effort_timestamp = clock_->time_of(frame);
      if (frame.width > 0 && frame.height > 0) return true;
    } else if (result == AVERROR(EAGAIN)) {
      if (!feed()) finish();
    } else if (result == AVERROR_EOF) {
      finish();
    } else {
      ++bad_packets_;
      last_failure_ = ffmpeg_error(result);
      if (draining_ && ++failures_in_a_row_ >= kFailuresInARow) finish();
    }
  }
  return false;
}

// FFmpeg goes on past much that it logs as an error.
void VideoDecoder::hear_complaints() {
  std::string complaint = take_ffmpeg_log();
  if (!complaint.empty()) last_failure_ = std::move(complaint);
}

void VideoDecoder::finish() {
  finished_ = true;
  hear_complaints();
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
