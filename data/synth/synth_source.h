// The world's scenes as videos without files, for ClipLoader: see data/frame_source.h.
#pragma once

#include <functional>

#include "data/dataset.h"
#include "data/frame_source.h"
#include "data/synth/world.h"

namespace c3d::synth {

// Scenes first, first + 1, ... (count of them) of a seed; classes are motions, in the order of their labels.
// Every index is another scene: an epoch that starts where the last one ended never meets one again. Paths
// ("walk/17") name no files; they end in the scene's index.
Dataset synth_dataset(std::uint64_t seed, std::uint64_t first, std::int64_t count, int frames);

// Error: the path is none of synth_dataset().
std::uint64_t scene_index(const Video& video);

// Opens videos of synth_dataset() of the same seed; called from any thread. A clip should take all frames.
std::function<std::unique_ptr<FrameSource>(const Video&)> open_synth(std::uint64_t seed,
                                                                     const SceneSize& size);

}  // namespace c3d::synth
