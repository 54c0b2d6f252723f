#include "c3d/inference/shards/shard_run.h"

#include <fmt/format.h>

#include "c3d/common/bad_request.h"
#include "engine/io/file_names.h"

namespace c3d {

std::optional<StartedShard> shard_of_run(const LabelRequest& a, const Inputs& inputs,
                                         const Environment& environment) {
  std::optional<StartedShard> started;
  if (a.shard) {
    started = StartedShard{*a.shard, fmt::format("--shard {}", to_string(*a.shard))};
  } else if (!a.is_undivided && inputs.several) {
    started = shard_of_launcher(environment);
  }
  if (!started) return started;
  expect_request(
      !inputs.standard_input,
      "'-' is one video that one process reads, and {} is one of several: give a file, or --shard none",
      started->by);
  return started;
}

void name_for_shard(LabelRequest& a, const Shard& shard) {
  a.shard = shard;
  if (!a.json.empty() && !a.prints_json() && is_replaceable(a.json))
    a.json = shard_path(a.json, shard).native();
  if (a.writes_h5()) a.features_out = shard_path(a.features_out, shard);
  if (!a.report.empty()) a.report = shard_path(a.report, shard);
}

LastBatch last_batch(const LabelRequest& a, const Inputs& inputs) {
  return inputs.several && a.device.device != "reference" ? LastBatch::full : LastBatch::smaller;
}

}  // namespace c3d
