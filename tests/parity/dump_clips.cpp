// Writes the network's input under a profile, for the scripts beside: a .npy table with a row for each window
// of 16 frames, 3 x 16 x 112 x 112 in the order C D H W.
//   c3d_dump_clips PROFILE STEP VIDEO OUT.npy
#include <iostream>
#include <optional>

#include "c3d/inference/classifier.h"
#include "c3d/inference/clip_stream.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "kernels/reference/reference_backend.h"
#include "weights/npy_header.h"

namespace c3d {
namespace {

// [C,D,H,W] of a clip's first three channels.
std::vector<float> network_input(Backend& backend, const ModelInfo& info, const Clip& clip) {
  const ClipInput input = clip_input(info, 1);
  const std::int64_t side = info.network.crop, frames = info.network.clip_frames,
                     places = frames * side * side;
  const std::int32_t crop[3] = {input.clip.evaluation_top(), input.clip.evaluation_left(), 0};
  std::vector<float> x(static_cast<std::size_t>(places * kClipChannels)),
      row(static_cast<std::size_t>(places * 3));
  backend.normalize_clip(input.normalization, host_tensor(clip.frames.data(), input.frames_shape()),
                         host_tensor(input.mean.data(), {3}), host_tensor(crop, {1, 3}),
                         host_tensor(x.data(), {1, frames, side, side, kClipChannels}));
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t place = 0; place < places; ++place) {
      row[static_cast<std::size_t>(c * places + place)] =
          x[static_cast<std::size_t>(place * kClipChannels + c)];
    }
  }
  return row;
}

void dump(const std::string& profile, int step, const std::string& video, const std::string& out) {
  ModelInfo info;
  info.preprocessing = profile_preprocessing(parse_profile(profile));
  ClipSpec spec = clip_spec(info);
  spec.step = step;
  const auto backend = make_reference_backend();
  const std::vector<Input> inputs{{video, video, "video", ""}};
  ClipStream stream(inputs, spec, {}, {.readers = 1, .clips_ahead = 2});
  std::vector<float> table;
  std::int64_t rows = 0;
  while (const std::optional<ClipStream::Item> item = stream.next()) {
    if (const VideoEnd* end = std::get_if<VideoEnd>(&*item)) {
      expect(end->error.empty(), "{}: {}", video, end->error);
      continue;
    }
    const std::vector<float> row = network_input(*backend, info, std::get<Clip>(*item));
    table.insert(table.end(), row.begin(), row.end());
    ++rows;
  }
  AtomicFile file(out);
  file.write(npy_header({rows, static_cast<std::int64_t>(table.size()) / rows}));
  file.write(std::as_bytes(std::span(table)));
  file.commit();
}

}  // namespace
}  // namespace c3d

int main(int argc, char** argv) {
  try {
    c3d::expect(argc == 5, "usage: c3d_dump_clips PROFILE STEP VIDEO OUT.npy");
    c3d::dump(argv[1], std::stoi(argv[2]), argv[3], argv[4]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
