// FFmpeg's C types as owners, its errors as words, and its log kept off the terminal. The only header that
// includes FFmpeg; where versions 5 to 7 differ, ffmpeg.cpp knows.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/display.h>
#include <libavutil/hwcontext.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <filesystem>
#include <string>

#include "engine/core/handle.h"

namespace c3d {

using InputContainer = Handle<AVFormatContext, avformat_close_input>;
using OutputContainer = Handle<AVFormatContext, avformat_free_context>;
using CodecContext = Handle<AVCodecContext, avcodec_free_context>;
using CodedPacket = Handle<AVPacket, av_packet_free>;
using HardwareContext = Handle<AVBufferRef, av_buffer_unref>;
using PictureFrame = Handle<AVFrame, av_frame_free>;
using Scaler = Handle<SwsContext, sws_freeContext>;

// From here on FFmpeg prints nothing; each thread remembers the last error FFmpeg logged on it. Call before
// FFmpeg is used.
void keep_ffmpeg_quiet();
// The last error logged on this thread since the last call; empty if none was. That a frame is larger than
// the limit stays the last: what follows from it says less.
std::string take_ffmpeg_log();
bool says_too_large(const std::string& logged);
// The error in words: that line, else FFmpeg's text for the status.
std::string ffmpeg_error(int status);

// Differs where FFmpeg may decode other videos: its version, and how it was configured.
std::string ffmpeg_version();

// A path that FFmpeg takes as a file whatever its name holds ("http:", "concat:", "-").
std::string ffmpeg_file(const std::filesystem::path& path);

// The 3x3 display matrix of the stream, else of the frame, else nullptr.
const std::int32_t* display_matrix(const AVStream& stream, const AVFrame& frame);

// The two fields of its pictures were taken one after the other, as far as the stream says.
bool is_interlaced(const AVStream& stream);

// How long it is shown, in the stream's time base; 0: not known.
std::int64_t frame_duration(const AVFrame& frame);

}  // namespace c3d
