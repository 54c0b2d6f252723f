#include "data/live/recorded_file.h"

#include <algorithm>

#include "engine/core/error.h"

namespace c3d {
namespace {

const AVOutputFormat* format_of(const AVStream& source) {
  const AVOutputFormat* mp4 = av_guess_format("mp4", nullptr, nullptr);
  if (mp4 != nullptr && avformat_query_codec(mp4, source.codecpar->codec_id, FF_COMPLIANCE_NORMAL) == 1) {
    return mp4;
  }
  return av_guess_format("matroska", nullptr, nullptr);
}

}  // namespace

const char* recording_extension(const AVStream& source) {
  const AVOutputFormat* format = format_of(source);
  return format != nullptr && std::string(format->name) == "mp4" ? ".mp4" : ".mkv";
}

RecordedFile::RecordedFile(const std::filesystem::path& path, const AVStream& source)
    : path_(path), file_(path), packet_(av_packet_alloc()), source_base_(source.time_base) {
  static_cast<void>(take_ffmpeg_log());
  const AVOutputFormat* format = format_of(source);
  expect(format != nullptr && packet_ != nullptr, "{}: this FFmpeg writes neither MP4 nor Matroska", path_);
  AVFormatContext* container = nullptr;
  check(avformat_alloc_output_context2(&container, format, nullptr, ffmpeg_file(file_.part()).c_str()),
        "making the container");
  container_.reset(container);
  stream_ = avformat_new_stream(container, nullptr);
  expect(stream_ != nullptr, "{}: out of memory", path_);
  check(avcodec_parameters_copy(stream_->codecpar, source.codecpar), "describing the stream");
  stream_->codecpar->codec_tag = 0;  // of the source's container
  stream_->time_base = source.time_base;
  stream_->avg_frame_rate = source.avg_frame_rate;
  check(avio_open(&container->pb, container->url, AVIO_FLAG_WRITE), "opening the file");
  // The table of frames goes to the front: players start before they have the whole file.
  av_opt_set(container, "movflags", "+faststart", AV_OPT_SEARCH_CHILDREN);
  check(avformat_write_header(container, nullptr), "writing the header");
}

RecordedFile::~RecordedFile() {
  if (container_ != nullptr) avio_closep(&container_->pb);
}

// The cause that the system names says more than FFmpeg's log.
void RecordedFile::check(int status, const char* what) const {
  if (status >= 0) return;
  const int failed = container_ != nullptr && container_->pb != nullptr ? container_->pb->error : 0;
  if (failed < 0 && failed != AVERROR_EOF) fail_to_write(path_, AVUNERROR(failed));
  fail("{}: {} failed ({})", path_, what, ffmpeg_error(status));
}

void RecordedFile::set_times(AVPacket& packet, TimePoint arrival) {
  if (last_ == AV_NOPTS_VALUE) first_arrival_ = arrival;
  const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(arrival - first_arrival_).count();
  std::int64_t decode = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
  if (decode != AV_NOPTS_VALUE && first_ == AV_NOPTS_VALUE) first_ = decode;
  std::int64_t shown = packet.pts;
  if (decode == AV_NOPTS_VALUE) {
    decode = shown = av_rescale_q(waited, {1, 1'000'000}, stream_->time_base);
  } else {
    const std::int64_t from_start = av_rescale_q(decode - first_, source_base_, stream_->time_base);
    const std::int64_t ahead =
        shown == AV_NOPTS_VALUE ? 0 : av_rescale_q(shown - decode, source_base_, stream_->time_base);
    decode = from_start;
    shown = from_start + ahead;
  }
  if (last_ != AV_NOPTS_VALUE && decode <= last_) decode = last_ + 1;
  last_ = decode;
  packet.dts = decode;
  packet.pts = std::max(shown, decode);
  packet.duration = av_rescale_q(packet.duration, source_base_, stream_->time_base);
}

void RecordedFile::write(const AVPacket& packet, TimePoint arrival) {
  check(av_packet_ref(packet_.get(), &packet), "copying a packet");
  set_times(*packet_, arrival);
  packet_->stream_index = stream_->index;
  packet_->pos = -1;
  check(av_interleaved_write_frame(container_.get(), packet_.get()), "writing");
}

void RecordedFile::finish() {
  check(av_write_trailer(container_.get()), "writing the end of the file");
  check(avio_closep(&container_->pb), "closing the file");
  file_.commit();
}

}  // namespace c3d
