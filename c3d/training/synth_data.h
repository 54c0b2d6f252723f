// `--data synth:...`: training without files, on scenes of the synthetic world (data/synth). A scene gives
// one clip, and each clip of a run is another scene.
#pragma once

#include <cstdint>
#include <string>

#include "c3d/training/prepared_data.h"

namespace c3d {

struct SynthSpec {
  std::int64_t clips = 100'000;     // that train, once each in an epoch
  std::int64_t validation = 1'024;  // that validate; scenes that no training clip shows
  std::int64_t seed = 0;            // of the world, whatever the run's seed
};

// Whether `data` names the synthetic world in place of videos: it starts with "synth:".
bool is_synth(const std::string& data);
// "synth:clips=1000000,validation=512,seed=7", each part or none. Error: a key that there is not, with the
// nearest, or a value out of range.
SynthSpec parse_synth_spec(const std::string& data);
// Error: settings of files that are none, such as val, beside `synth:`.
void check_synth(const TrainSettings& settings);
// Scenes of the size that frames are resized to. Nothing is read or cached.
PreparedData prepare_synth(const TrainSettings& settings);

}  // namespace c3d
