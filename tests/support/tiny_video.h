// Small video files whose colour is the frame number, with B-frames and a key frame every 12 frames: a frame
// that is lost, doubled or out of order shows at once.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>

namespace c3d {

inline constexpr int kTinyVideoFrames = 40;
inline constexpr int kTinyVideoMostFrames = 512;

void write_tiny_video(const std::filesystem::path& path, int frames = kTinyVideoFrames, int width = 64,
                      int height = 48);
// What a frame of that number is filled with: three digits to base 8, far enough apart to survive the codec.
std::array<std::uint8_t, 3> tiny_video_colour(int frame);
// The number that RGB pixels of such a frame (all or some of them) show; -1: no frame's colour.
int tiny_video_frame(std::span<const std::uint8_t> rgb);

}  // namespace c3d
