#include "data/tool_clock.h"

#include <array>
#include <cstdint>
#include <limits>

#include "catch.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kFirstTime = AV_NOPTS_VALUE + 1;
constexpr std::array<std::int64_t, 8> kTimes = {AV_NOPTS_VALUE, kFirstTime, kFirstTime / 2, -1, 0,
                                                kLast / 2,      kLast - 1,  kLast};

// What a clock is made of.
struct Opened {
  Opened(const char* format, std::int64_t start) {
    REQUIRE(stream != nullptr);
    container->iformat = av_find_input_format(format);
    container->start_time = stream->start_time = start;
    stream->time_base = {1, AV_TIME_BASE};
  }
  ToolClock clock() const { return {*container, *stream, *decoder}; }

  OutputContainer container{avformat_alloc_context()};
  AVStream* stream = avformat_new_stream(container.get(), nullptr);
  CodecContext decoder{avcodec_alloc_context3(nullptr)};
};

}  // namespace

TEST_CASE("times beyond 64 bits stop at their ends") {
  const Opened opened("avi", -1000);
  opened.stream->pts_wrap_bits = 64;
  ToolClock clock = opened.clock();
  const CodedPacket packet(av_packet_alloc());
  packet->dts = packet->pts = kLast - 1;
  clock.stamp(*packet);
  CHECK(packet->dts == kLast);
  CHECK(packet->pts == kLast);
}

// Of use where overflow is found out, as under UBSan.
TEST_CASE("a clock takes any times that files say") {
  for (const char* format : {"avi", "mpegts"}) {
    for (const std::int64_t start : kTimes) {
      for (const int bits : {0, 33, 62, 64}) {
        const Opened opened(format, start);
        opened.stream->pts_wrap_bits = bits;
        ToolClock clock = opened.clock();
        const CodedPacket packet(av_packet_alloc());
        const PictureFrame frame(av_frame_alloc());
        for (const std::int64_t dts : kTimes) {
          for (const std::int64_t pts : kTimes) {
            packet->dts = dts;
            packet->pts = packet->duration = pts;
            clock.stamp(*packet);
            frame->best_effort_timestamp = packet->pts;
            const std::int64_t time = clock.time_of(*frame);
            CHECK(time == packet->pts);
          }
        }
        clock.end_of_packets();
      }
    }
  }
}
