#include "c3d/training/memory_need.h"

#include <algorithm>

#include "engine/core/error.h"
#include "model/c3d_layers.h"

namespace c3d {
namespace {

constexpr double kFloat = 4;
constexpr double kLoaderRing = 3;

}  // namespace

std::vector<MemoryPart> memory_parts(const TrainSettings& s, const C3dConfig& network, double parameters,
                                     double stored_pixels, bool on_host) {
  const auto batch = static_cast<double>(s.batch), frames = static_cast<double>(s.clip_frames);
  const auto crop = static_cast<double>(s.crop);
  const double rows = static_cast<double>(s.report_every) * static_cast<double>(s.accumulate) * batch;
  const auto classes = static_cast<double>(network.classes);
  std::vector<MemoryPart> parts;
  parts.push_back({"frames that the loaders hold",
                   fmt::format("batch {}, clip_frames {}, resize_width {}, resize_height {}", s.batch,
                               s.clip_frames, s.resize_width, s.resize_height),
                   kLoaderRing * batch * frames * stored_pixels * 3});
  parts.push_back({"losses and probabilities between two reports",
                   fmt::format("report_every {}, accumulate {}, batch {}, and {} classes", s.report_every,
                               s.accumulate, s.batch, network.classes),
                   (on_host ? 2 : 1) * rows * (1 + classes) * kFloat});
  if (!on_host) return parts;
  // Values, gradients, velocity; sums of gradients, second moment, average.
  const double copies =
      3 + (s.accumulate > 1 ? 1 : 0) + (s.optimizer == OptimizerRule::adamw ? 1 : 0) + (s.ema > 0 ? 1 : 0);
  parts.push_back({"parameters and what the optimizer keeps of them",
                   fmt::format("width {}, and {} classes", s.width, network.classes),
                   copies * parameters * kFloat});
  // The input and what conv1 keeps of it: a value and a position for each pooled one.
  const double size = s.precision == Precision::bf16 ? 2 : kFloat;
  const double filters = static_cast<double>(kC3dLayers.front().outputs) * s.width;
  const double pooled = frames * (crop / 2) * (crop / 2) * filters;
  parts.push_back(
      {"activations",
       fmt::format("batch {}, clip_frames {}, crop {}, width {}", s.batch, s.clip_frames, s.crop, s.width),
       batch * (frames * crop * crop * static_cast<double>(kClipChannels) * size + pooled * (size + 1))});
  return parts;
}

void expect_memory(const std::vector<MemoryPart>& parts, double machine_bytes) {
  double total = 0;
  for (const MemoryPart& part : parts) total += part.bytes;
  const auto largest = std::max_element(parts.begin(), parts.end(),
                                        [](const auto& a, const auto& b) { return a.bytes < b.bytes; });
  expect(total <= machine_bytes,
         "training so would take {:.1f} GB of memory at least, and this process may take {:.1f} GB; {:.1f} "
         "GB of it are {} "
         "({}): make one of these smaller",
         total / 1e9, machine_bytes / 1e9, largest->bytes / 1e9, largest->what, largest->settings);
}

}  // namespace c3d
