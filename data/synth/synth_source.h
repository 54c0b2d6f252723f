// The world's scenes as videos without files, for ClipLoader: see data/frame_source.h.
#pragma once

#include <functional>

#include "data/dataset.h"
#include "data/frame_source.h"
#include "data/synth/world.h"

namespace c3d::synth {

enum class SceneTargets : std::uint8_t {
  motion,      // one label: the motion, in the order of Motion
  attributes,  // a label set: one value of each attribute, "direction: left"; a mirrored clip shows another
  // One label that says nothing of the scene: in which order and how fast a clip is played, as the scene's
  // index draws it. So do Wei et al., "Learning and Using the Arrow of Time" (CVPR 2018), Xu et al.,
  // "Self-Supervised Spatiotemporal Learning via Video Clip Order Prediction" (CVPR 2019), and Wang et al.,
  // "Self-Supervised Video Representation Learning by Pace Prediction" (ECCV 2020).
  playback
};

// Scenes first, first + 1, ... (count of them) of a seed.
// Every index is another scene. Paths name no files: each is its scene's index, "17", so that millions of
// scenes take 100 bytes each. `planned`, where there is one, is called now and then with their number so far;
// it may throw to end this.
Dataset synth_dataset(std::uint64_t seed, std::uint64_t first, std::int64_t count, int frames,
                      SceneTargets targets = SceneTargets::motion,
                      const std::function<void(std::int64_t)>& planned = {});

// Error: the path is none of synth_dataset().
std::uint64_t scene_index(const Video& video);

// Opens videos of synth_dataset() of the same seed and targets; called from any thread. A clip should take all
// frames, with one read().
std::function<std::unique_ptr<FrameSource>(const Video&)> open_synth(
    std::uint64_t seed, const SceneSize& size, SceneTargets targets = SceneTargets::motion);

}  // namespace c3d::synth
