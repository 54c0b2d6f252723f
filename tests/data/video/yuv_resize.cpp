#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "catch.h"
#include "data/ffmpeg.h"
#include "data/frame_converter.h"
#include "data/resize.h"
#include "data/video_reader.h"
#include "data/yuv_resize.h"
#include "engine/core/error.h"
#include "tests/support/real_videos.h"
#include "tests/support/skip.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

std::size_t bytes(FrameSize size) {
  return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3;
}

// Every plane noise, or stripes of the darkest and brightest values, which leave 0 to 255 as RGB.
enum class Content { noise, extremes };

PictureFrame picture(AVPixelFormat format, FrameSize size, Content content) {
  PictureFrame frame(av_frame_alloc());
  frame->format = format;
  frame->width = size.width;
  frame->height = size.height;
  REQUIRE(av_frame_get_buffer(frame.get(), 0) >= 0);
  std::uint32_t state = 7;
  const auto* description = av_pix_fmt_desc_get(format);
  for (int plane = 0; plane < 3; ++plane) {
    const int shift = plane == 0 ? 0 : description->log2_chroma_h;
    const int rows = (size.height + (1 << shift) - 1) >> shift;
    for (int i = 0; i < rows * frame->linesize[plane]; ++i) {
      state = state * 1664525U + 1013904223U;
      const auto value = static_cast<std::uint8_t>(state >> 24);
      frame->data[plane][i] = content == Content::noise ? value : static_cast<std::uint8_t>(-(value & 1));
    }
  }
  return frame;
}

// At full size through swscale, which is not asked for a size, then through Resizer: the long way.
std::vector<std::uint8_t> the_long_way(const AVFrame& frame, FrameSize size) {
  const FrameSize source{frame.width, frame.height};
  std::vector<std::uint8_t> whole(bytes(source)), out(bytes(size));
  FrameConverter("test", {}, source).convert(frame, whole);
  Resizer(source.width, source.height, size.width, size.height)
      .run(whole.data(), std::ptrdiff_t{3} * source.width, out.data());
  return out;
}

std::vector<std::uint8_t> converted(const AVFrame& frame, FrameSize size) {
  std::vector<std::uint8_t> out(bytes(size));
  FrameConverter("test", {}, size).convert(frame, out);
  return out;
}

}  // namespace

TEST_CASE("the resize from planes gives what conversion and resize give, level for level") {
  const auto [format, range] = GENERATE(table<AVPixelFormat, AVColorRange>({
      {AV_PIX_FMT_YUV420P, AVCOL_RANGE_UNSPECIFIED},
      {AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG},
      {AV_PIX_FMT_YUV420P, AVCOL_RANGE_JPEG},
      {AV_PIX_FMT_YUVJ420P, AVCOL_RANGE_UNSPECIFIED},
      {AV_PIX_FMT_YUV422P, AVCOL_RANGE_UNSPECIFIED},
      {AV_PIX_FMT_YUVJ422P, AVCOL_RANGE_JPEG},
  }));
  const auto matrix = GENERATE(AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_BT709, AVCOL_SPC_BT2020_NCL);
  // C3D's, odd widths, the narrowest, halves, up, down a lot, a few columns.
  const auto [source, size] = GENERATE(table<FrameSize, FrameSize>({
      {{320, 240}, {171, 128}},
      {{321, 242}, {171, 128}},
      {{175, 98}, {171, 128}},
      {{31, 2}, {17, 3}},
      {{32, 40}, {64, 80}},
      {{33, 34}, {100, 33}},
      {{340, 256}, {170, 128}},
      {{1282, 722}, {171, 128}},
      {{900, 6}, {7, 5}},
      {{64, 48}, {1, 1}},
  }));
  const Content content = GENERATE(Content::noise, Content::extremes);
  CAPTURE(format, range, matrix, source.width, source.height, size.width, size.height);
  PictureFrame frame = picture(format, source, content);
  frame->color_range = range;
  frame->colorspace = matrix;
  CHECK(converted(*frame, size) == the_long_way(*frame, size));
}

TEST_CASE("pictures that the one pass does not take are resized all the same") {
  const auto [format, source] = GENERATE(table<AVPixelFormat, FrameSize>({
      {AV_PIX_FMT_YUV420P, {320, 241}},  // swscale interpolates the chroma of an odd height
      {AV_PIX_FMT_YUV420P, {30, 40}},
      {AV_PIX_FMT_YUV444P, {320, 240}},
      {AV_PIX_FMT_YUV420P10LE, {66, 50}},
  }));
  CAPTURE(format, source.width, source.height);
  const PictureFrame frame = picture(format, source, Content::noise);
  CHECK(converted(*frame, {171, 128}) == the_long_way(*frame, {171, 128}));
}

TEST_CASE("one converter takes pictures of several formats and sizes in turn") {
  const FrameSize size{40, 30};
  FrameConverter converter("test", {}, size);
  for (const auto& [format, source] :
       std::vector<std::pair<AVPixelFormat, FrameSize>>{{AV_PIX_FMT_YUV420P, {64, 48}},
                                                        {AV_PIX_FMT_YUV422P, {64, 48}},
                                                        {AV_PIX_FMT_YUV444P, {64, 48}},
                                                        {AV_PIX_FMT_YUV420P, {80, 48}},
                                                        {AV_PIX_FMT_YUV420P, {40, 30}},
                                                        {AV_PIX_FMT_YUV420P, {64, 48}}}) {
    const PictureFrame frame = picture(format, source, Content::noise);
    std::vector<std::uint8_t> out(bytes(size));
    converter.convert(*frame, out);
    CHECK(out == converted(*frame, size));
  }
}

TEST_CASE("planes may stand upside down in memory") {
  const FrameSize source{64, 48}, size{33, 20};
  PictureFrame frame = picture(AV_PIX_FMT_YUV420P, source, Content::noise);
  for (int plane = 0; plane < 3; ++plane) {
    frame->data[plane] += std::ptrdiff_t{frame->linesize[plane]} * ((plane == 0 ? 48 : 24) - 1);
    frame->linesize[plane] = -frame->linesize[plane];
  }
  CHECK(converted(*frame, size) == the_long_way(*frame, size));
}

TEST_CASE("a source without a whole window of chroma is refused") {
  CHECK_THROWS_AS(YuvResizer(30, 10, true, 4, 4), Error);
  CHECK_THROWS_AS(YuvResizer(40, 10, true, 0, 4), Error);
}

TEST_CASE("a real video's frames are those of conversion and resize") {
  const auto file = real_videos() / "ucf101/ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi";
  if (!std::filesystem::exists(file)) return skip(kNoRealVideos);
  const FrameSize size{171, 128};
  VideoReader resized(file, size), whole(file);
  Resizer resizer(whole.width(), whole.height(), size.width, size.height);
  std::vector<std::uint8_t> picture(bytes({whole.width(), whole.height()})), wanted(bytes(size)), got(wanted);
  int frames = 0;
  for (; resized.next(got); ++frames) {
    REQUIRE(whole.next(picture));
    resizer.run(picture.data(), std::ptrdiff_t{3} * whole.width(), wanted.data());
    REQUIRE(got == wanted);
  }
  CHECK(frames == 164);
}
