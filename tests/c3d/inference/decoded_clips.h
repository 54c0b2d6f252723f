// Clips of tiny videos, as c3d_infer decodes them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "c3d/inference/clip_stream.h"
#include "tests/support/tiny_video.h"

namespace c3d {

inline constexpr int kWidth = 64, kHeight = 48;

struct Decoded {
  std::vector<Clip> clips;
  std::vector<VideoEnd> ends;
};

inline Decoded decode(const std::vector<std::filesystem::path>& paths, const ClipSpec& spec,
                      const ReadOptions& reading = {}) {
  std::vector<Input> inputs;
  for (const auto& path : paths) inputs.push_back({path.string(), path, path.filename(), ""});
  Decoded decoded;
  ClipStream stream(inputs, spec, reading, {.readers = std::max(reading.readers, 1), .clips_ahead = 2});
  while (std::optional<ClipStream::Item> item = stream.next()) {
    if (Clip* clip = std::get_if<Clip>(&*item)) {
      decoded.clips.push_back(std::move(*clip));
    } else {
      decoded.ends.push_back(std::get<VideoEnd>(std::move(*item)));
    }
  }
  return decoded;
}

// The numbers of the frames that a clip of kWidth x kHeight shows, read from their pixels.
inline std::vector<int> frame_numbers(const Clip& clip) {
  constexpr std::size_t kBytes = std::size_t{kWidth} * kHeight * 3;
  std::vector<int> numbers;
  for (std::size_t at = 0; at < clip.frames.size(); at += kBytes) {
    numbers.push_back(tiny_video_frame(std::span(clip.frames).subspan(at, kBytes)));
  }
  return numbers;
}

}  // namespace c3d
