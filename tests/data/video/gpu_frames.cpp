#include "data/gpu_frames.h"

#include <array>

#include "catch.h"
#include "data/video_reader.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/skip.h"
#include "tests/support/tiny_video.h"

namespace c3d {
namespace {

PictureFrame picture(AVPixelFormat format, int width, int height) {
  PictureFrame frame(av_frame_alloc());
  frame->format = format;
  frame->width = width;
  frame->height = height;
  REQUIRE(av_frame_get_buffer(frame.get(), 0) == 0);
  return frame;
}

// Empty: GPU 0 decodes here.
std::string obstacle() {
  return message_of([] { choose_decode_device(DecodeOn::cuda, std::nullopt); });
}

struct Read {
  std::vector<std::vector<std::uint8_t>> frames;
  std::vector<double> seconds;
  std::vector<std::string> warnings;
};

Read read_all(const std::filesystem::path& path, const ReadLimits& limits) {
  VideoReader reader(path, FrameSize{33, 24}, Numbering::kDecode, limits);
  Read read;
  std::vector<std::uint8_t> frame(std::size_t{33} * 24 * 3);
  while (reader.next(frame)) {
    read.frames.push_back(frame);
    read.seconds.push_back(reader.seconds());
  }
  read.warnings = reader.facts().warnings;
  return read;
}

}  // namespace

TEST_CASE("the GPU that computes decodes where auto is asked for, and any where cuda is") {
  CHECK(gpu_to_decode(DecodeOn::cpu, 1) == std::nullopt);
  CHECK(gpu_to_decode(DecodeOn::automatic, std::nullopt) == std::nullopt);
  CHECK(gpu_to_decode(DecodeOn::automatic, 1) == 1);
  CHECK(gpu_to_decode(DecodeOn::cuda, 1) == 1);
  CHECK(gpu_to_decode(DecodeOn::cuda, std::nullopt) == 0);
}

TEST_CASE("a GPU that cannot decode leaves it to the CPU with auto, and is an error with cuda") {
  CHECK(choose_decode_device(DecodeOn::cpu, 999).why.empty());
  CHECK(choose_decode_device(DecodeOn::automatic, std::nullopt).why ==
        "videos are decoded on the CPU, because no GPU computes");
  const DecodeChoice choice = choose_decode_device(DecodeOn::automatic, 999);
  CHECK(choice.device == nullptr);
  CHECK_THAT(choice.why, Catch::StartsWith("videos are decoded on the CPU: ") &&
                             (Catch::Contains("CUDA") || Catch::Contains("cuda:999")));
  CHECK_THAT(message_of([] { choose_decode_device(DecodeOn::cuda, 999); }), Catch::Contains("let the CPU"));
}

TEST_CASE("a GPU decodes 8-bit 4:2:0 of standards that say each bit") {
  constexpr std::array kBoth{AV_PIX_FMT_CUDA, AV_PIX_FMT_YUV420P, AV_PIX_FMT_NONE};
  constexpr std::array kFull{AV_PIX_FMT_VAAPI, AV_PIX_FMT_CUDA, AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_NONE};
  constexpr std::array kDeep{AV_PIX_FMT_CUDA, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_NONE};
  constexpr std::array kRefused{AV_PIX_FMT_VAAPI, AV_PIX_FMT_YUV420P, AV_PIX_FMT_NONE};
  CHECK(format_to_decode(AV_PIX_FMT_YUV420P, kBoth.data()) == AV_PIX_FMT_CUDA);
  CHECK(format_to_decode(AV_PIX_FMT_YUVJ420P, kFull.data()) == AV_PIX_FMT_CUDA);
  CHECK(format_to_decode(AV_PIX_FMT_YUV420P10, kDeep.data()) == AV_PIX_FMT_YUV420P10);
  CHECK(format_to_decode(AV_PIX_FMT_YUV420P, kRefused.data()) == AV_PIX_FMT_YUV420P);
  for (const AVCodecID codec : {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP9}) CHECK(is_exact(codec));
  for (const AVCodecID codec : {AV_CODEC_ID_MPEG4, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MJPEG}) {
    CHECK_FALSE(is_exact(codec));
  }
}

TEST_CASE("interleaved chroma becomes the planes of the CPU's decoder") {
  const auto [width, height] = GENERATE(std::pair(64, 48), std::pair(61, 47), std::pair(2, 2));
  const PictureFrame interleaved = picture(AV_PIX_FMT_NV12, width, height);
  const PictureFrame planes = picture(AV_PIX_FMT_YUV420P, width, height);
  const auto level = [](int plane, int x, int y) {
    return static_cast<std::uint8_t>(plane * 91 + x * 7 + y * 31);
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      interleaved->data[0][y * interleaved->linesize[0] + x] = level(0, x, y);
      std::uint8_t* const pair = interleaved->data[1] + y / 2 * interleaved->linesize[1] + x / 2 * 2;
      pair[0] = level(1, x / 2, y / 2);
      pair[1] = level(2, x / 2, y / 2);
    }
  }
  split_chroma(*interleaved, *planes);
  int wrong = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (planes->data[0][y * planes->linesize[0] + x] != level(0, x, y)) ++wrong;
      for (int plane : {1, 2}) {
        const std::uint8_t given = planes->data[plane][y / 2 * planes->linesize[plane] + x / 2];
        if (given != level(plane, x / 2, y / 2)) ++wrong;
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("a GPU gives the frames and the times that the CPU gives") {
  if (const std::string why = obstacle(); why != "no error") return skip(why);
  const ScratchFolder folder;
  // Larger than the least picture that NVDEC takes.
  write_tiny_video(folder / "a.mp4", 40, 320, 240);
  const Read by_cpu = read_all(folder / "a.mp4", {});
  ReadLimits limits;
  limits.device = choose_decode_device(DecodeOn::cuda, 0).device;
  const Read by_gpu = read_all(folder / "a.mp4", limits);
  CHECK(by_gpu.frames == by_cpu.frames);
  CHECK(by_gpu.seconds == by_cpu.seconds);
  CHECK(by_gpu.warnings == by_cpu.warnings);
}

}  // namespace c3d
