#include "data/ffmpeg.h"

#include <fmt/format.h>

#include <array>
#include <cstdarg>
#include <mutex>
#include <utility>

#include "engine/core/fingerprint.h"

namespace c3d {
namespace {

// FFmpeg hands its log to one function for all; a line belongs to the thread that decodes.
std::string& last_error_of_thread() {
  thread_local std::string line;
  return line;
}

void remember_error(void* context, int level, const char* format, va_list arguments) {
  std::array<char, 512> text{};
  int print_prefix = 0;  // "[h264 @ 0x55c1]": addresses tell people nothing
  av_log_format_line2(context, level, format, arguments, text.data(), static_cast<int>(text.size()),
                      &print_prefix);
  std::string line(text.data());
  while (!line.empty() && (line.back() == '\n' || line.back() == '.' || line.back() == ' ')) line.pop_back();
  std::string& last = last_error_of_thread();
  if (!line.empty() && !says_too_large(last)) last = std::move(line);
}

// FFmpeg is C: no exception may pass through it.
void hear_log(void* context, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_ERROR) return;
  try {
    remember_error(context, level, format, arguments);
  } catch (...) {  // there is no memory for a line: it is not remembered
    last_error_of_thread().clear();
  }
}

// FFmpeg 6.1 moved a stream's side data to its parameters. Both arguments' types are parameters of the
// template, so that of the two functions only the one that the library has is looked up.
template <typename Stream, typename Parameters>
const std::uint8_t* stream_matrix(const Stream& stream, const Parameters& parameters) {
  if constexpr (requires { parameters.coded_side_data; }) {
    const auto* data = av_packet_side_data_get(parameters.coded_side_data, parameters.nb_coded_side_data,
                                               AV_PKT_DATA_DISPLAYMATRIX);
    return data == nullptr ? nullptr : data->data;
  } else {
    return av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr);
  }
}

// FFmpeg 6 renamed the field. A template, so that only the one that is there is looked up.
template <typename Frame>
std::int64_t duration_of(const Frame& frame) {
  if constexpr (requires { frame.duration; }) {
    return frame.duration;
  } else {
    return frame.pkt_duration;
  }
}

}  // namespace

// "Picture size WxH exceeds specified max pixel count N, see the documentation ..."
bool says_too_large(const std::string& logged) { return logged.find("max pixel count") != std::string::npos; }

void keep_ffmpeg_quiet() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(hear_log); });
}

std::string take_ffmpeg_log() { return std::exchange(last_error_of_thread(), {}); }

std::string ffmpeg_error(int status) {
  std::string logged = take_ffmpeg_log();
  if (status == AVERROR(ENOMEM)) return "it asks for more memory than any video needs";
  if (!logged.empty()) return logged;
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(status, text.data(), text.size());
  return text.data();
}

std::string ffmpeg_version() {
  Fingerprint configuration;
  configuration.add(avcodec_configuration());
  return fmt::format("FFmpeg {}, avcodec {} {}", av_version_info(), avcodec_version(), configuration.text());
}

std::string ffmpeg_file(const std::filesystem::path& path) { return "file:" + path.string(); }

const std::int32_t* display_matrix(const AVStream& stream, const AVFrame& frame) {
  const std::uint8_t* matrix = stream_matrix(stream, *stream.codecpar);
  if (matrix == nullptr) {
    const AVFrameSideData* of_frame = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
    if (of_frame != nullptr) matrix = of_frame->data;
  }
  return reinterpret_cast<const std::int32_t*>(matrix);
}

bool is_interlaced(const AVStream& stream) {
  const AVFieldOrder order = stream.codecpar->field_order;
  return order == AV_FIELD_TT || order == AV_FIELD_BB || order == AV_FIELD_TB || order == AV_FIELD_BT;
}

std::int64_t frame_duration(const AVFrame& frame) { return duration_of(frame); }

}  // namespace c3d
