// What a live run is asked for, once its source and its network are known.
#pragma once

#include <memory>

#include "c3d/live.h"
#include "data/decode_device.h"
#include "data/live/live_address.h"
#include "engine/core/clip_spec.h"
#include "model/model_file.h"

namespace c3d {

struct LiveRule {
  LiveAddress address;
  LiveOptions options;
  ClipSpec clip;
  std::shared_ptr<const DecodeDevice> decoder = nullptr;  // nullptr: the CPU
  double first_delay = 1, longest_delay = 30;             // seconds, before a lost stream is asked for again
};

// Around an alert, on either side.
inline constexpr double kMostRecordSeconds = 600;

// Error: options that are out of range.
LiveRule live_rule(LiveAddress address, const LiveOptions& options, const ModelInfo& info);

}  // namespace c3d
