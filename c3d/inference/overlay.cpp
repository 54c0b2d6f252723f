#include "c3d/inference/overlay.h"

#include <malloc.h>

#include <algorithm>

#include "c3d/report/pictures.h"
#include "data/video_reader.h"
#include "data/video_writer.h"
#include "engine/core/error.h"

namespace c3d {

std::pair<std::size_t, std::size_t> clips_of_frame(const std::vector<std::int64_t>& first_frames,
                                                   std::int64_t span, std::int64_t frame) {
  const auto first = std::ranges::upper_bound(first_frames, frame - span);
  const auto last = std::ranges::upper_bound(first_frames, frame);
  const auto position = [&](auto it) { return static_cast<std::size_t>(it - first_frames.begin()); };
  if (first == last && last != first_frames.begin()) return {position(last) - 1, position(last)};
  return {position(first), position(last)};
}

void write_drawn_copy(const std::filesystem::path& video, const std::filesystem::path& copy, double fps,
                      const DrawOnFrame& draw, const std::function<void(std::int64_t)>& written,
                      const Numbering& numbering) {
  expect(can_be_read_again(video),
         "{}: is a pipe, which gives its bytes once; an overlay reads them again: give the video as a file "
         "or as "
         "standard input (-)",
         video);
  malloc_trim(0);  // what reading the clips has freed: at 8K some hundred MB, which now others need
  VideoReader reader(video, std::nullopt, numbering);
  const int width = reader.width(), height = reader.height();
  VideoWriterOptions options;
  options.width = width;
  options.height = height;
  options.fps = fps;
  VideoWriter writer(copy, options);
  std::vector<std::uint8_t> rgb(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  for (std::int64_t frame = 0; reader.next(rgb); ++frame) {
    draw(frame, rgb, width, height);
    writer.write(rgb);
    written(frame + 1);
  }
  writer.finish();
}

void write_overlay(const std::filesystem::path& video, const std::filesystem::path& copy, double fps,
                   const std::function<const FrameLabels&(std::int64_t)>& labels_at,
                   const std::function<void(std::int64_t)>& written, const Numbering& numbering) {
  const auto draw = [&](std::int64_t frame, std::span<std::uint8_t> rgb, int width, int height) {
    const FrameLabels& labels = labels_at(frame);
    draw_labels_on_frame(rgb, width, height, labels.labels, labels.shown);
  };
  write_drawn_copy(video, copy, fps, draw, written, numbering);
}

}  // namespace c3d
