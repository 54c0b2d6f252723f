// What the network gives for clips of a video, prepared as a choice says: each is computed once, in batches,
// and kept for every choice that has the same clip, by whichever way of counting frames.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "c3d/match/layer_rows.h"
#include "c3d/match/match_frames.h"
#include "data/crop_views.h"

namespace c3d {

// Of a video, for each numbering that is tried: the decoded frames that it gives.
using NumberedFrames = std::vector<std::vector<std::int64_t>>;

class ClipResults {
 public:
  // Borrows all; batch >= 1 clips go through the network at once.
  ClipResults(const MatchAxes& axes, const MatchFrames& frames, const NumberedFrames& numbered,
              const C3dConfig& network, LayerRows& layers, std::size_t batch);

  ClipSpec spec_of(const Choice& choice) const;
  // Where the clips of a choice start, as its numbering counts.
  std::vector<std::int64_t> starts_of(const Choice& choice) const;
  // The decoded frames of a clip that starts there, and of each of these clips.
  std::vector<std::int64_t> frames_of(const Choice& choice, std::int64_t start) const;
  std::vector<std::vector<std::int64_t>> frames_of(const Choice& choice) const;
  // What the network sees of each frame: choices of which this is the same have the same pixels.
  std::vector<std::int64_t> pixels_of(const Choice& choice) const;
  // Of all views of the clips that start there, in this order: [starts, views]. Holds until make_room().
  std::vector<const ClipLayers*> of(const Choice& choice, const std::vector<std::int64_t>& starts, int views);
  // Forgets all, where it is much.
  void make_room();
  // Clips that the network has seen.
  std::int64_t computed() const { return computed_; }

 private:
  struct Clip;
  std::vector<std::int64_t> frames_of(const Choice& choice, const ClipSpec& spec, std::int64_t start) const;
  const ClipLayers* ask(const Clip& clip);
  void compute();
  std::string key_of(const Clip& clip) const;
  void prepare(const Clip& clip, float* out);

  const MatchAxes& axes_;
  const MatchFrames& frames_;
  const NumberedFrames& numbered_;
  const C3dConfig& network_;
  LayerRows& layers_;
  std::size_t batch_, clip_values_;
  std::unordered_map<std::string, ClipLayers> known_;
  std::size_t known_values_ = 0;
  std::int64_t computed_ = 0;
  std::vector<ClipLayers*> pending_;  // of known_, in the order of their clips
  std::vector<float> clips_;          // [batch, clip_frames, crop, crop, 8]
  std::vector<std::uint8_t> square_;
  ViewCutter cutter_;
};

}  // namespace c3d
