// A copy of a video with the labels of each moment drawn on its frames.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data/numbering.h"

namespace c3d {

// As select_labels() orders them: label and probability, and how many of them are said to be there.
struct FrameLabels {
  std::vector<std::pair<std::string, double>> labels;
  std::size_t shown = 1;
};

// Which of the clips (by their first frames, rising) speak for a frame: those that show it; if none does, the
// last one before it. A range of positions: first .. last - 1. span: frames from a clip's first to its last,
// both included.
std::pair<std::size_t, std::size_t> clips_of_frame(const std::vector<std::int64_t>& first_frames,
                                                   std::int64_t span, std::int64_t frame);

// Draws on a frame [height,width,3] in place, of this number.
using DrawOnFrame =
    std::function<void(std::int64_t frame, std::span<std::uint8_t> rgb, int width, int height)>;

// Every frame of `video`, as the numbering counts them, at its own size with what `draw` draws on it; fps of
// the copy, whose frames all last equally long. written: told after each frame how many there are. Error: the
// video is a pipe.
void write_drawn_copy(const std::filesystem::path& video, const std::filesystem::path& copy, double fps,
                      const DrawOnFrame& draw, const std::function<void(std::int64_t)>& written,
                      const Numbering& numbering);
// With labels_at(its number) on each.
void write_overlay(
    const std::filesystem::path& video, const std::filesystem::path& copy, double fps,
    const std::function<const FrameLabels&(std::int64_t)>& labels_at,
    const std::function<void(std::int64_t)>& written = [](std::int64_t) {},
    const Numbering& numbering = Numbering::kDecode);

}  // namespace c3d
