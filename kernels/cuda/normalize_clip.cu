#include "kernels/cuda/arithmetic.h"
#include "kernels/cuda/elements.cuh"

namespace c3d::cuda {
namespace {

// A thread for each pixel of x, counted in 32 bits: a division of 64 costs more than all else.
template <typename T>
__global__ void __launch_bounds__(kElementThreads)
    normalize_pixels(ClipArguments clip, std::uint32_t pixels, bool packed) {
  const CropMap map{clip.depth, clip.source_height, clip.source_width, clip.height, clip.width};
  const auto width = static_cast<std::uint32_t>(clip.width),
             frame_pixels = static_cast<std::uint32_t>(clip.height) * width,
             depth = static_cast<std::uint32_t>(clip.depth);
  const std::uint32_t step = gridDim.x * blockDim.x;
  for (std::uint32_t pixel = blockIdx.x * blockDim.x + threadIdx.x; pixel < pixels; pixel += step) {
    const std::uint32_t frame = pixel / frame_pixels, in_frame = pixel % frame_pixels;
    const SourcePixel source =
        source_pixel(map, frame, in_frame / width, in_frame % width, clip.crops + frame / depth * 3);
    const auto values = normalized_pixel<T, kClipChannels>(
        clip.frames + source.in_frames * 3, clip.mean + (clip.mean_is_cube ? source.in_cube * 3 : 0),
        clip.bgr, clip.scale);
    T* const x = static_cast<T*>(clip.x);
    if (packed) {
      pack_at<T, kClipChannels>(x, pixel) = values;
      continue;
    }
    for (std::int64_t c = 0; c < clip.channels; ++c) {
      x[static_cast<std::int64_t>(pixel) * clip.channels + c] = c == 0   ? values.at[0]
                                                                : c == 1 ? values.at[1]
                                                                : c == 2 ? values.at[2]
                                                                         : T{};
    }
  }
}

}  // namespace

cudaError_t normalize_clip(Element element, const ClipArguments& clip, cudaStream_t stream) {
  const std::int64_t pixels = clip.clips * clip.depth * clip.height * clip.width;
  if (pixels == 0) return cudaSuccess;
  if (pixels >= std::int64_t{1} << 31) return cudaErrorInvalidValue;
  const auto blocks =
      static_cast<unsigned>(std::min(element_blocks(), (pixels + kElementThreads - 1) / kElementThreads));
  const bool packed = clip.channels == kClipChannels && aligned(clip.x);
  if (element == Element::bf16) {
    normalize_pixels<BFloat16>
        <<<blocks, kElementThreads, 0, stream>>>(clip, static_cast<std::uint32_t>(pixels), packed);
  } else {
    normalize_pixels<float>
        <<<blocks, kElementThreads, 0, stream>>>(clip, static_cast<std::uint32_t>(pixels), packed);
  }
  return cudaGetLastError();
}

}  // namespace c3d::cuda
