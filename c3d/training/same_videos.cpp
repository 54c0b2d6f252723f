#include "c3d/training/same_videos.h"

#include "engine/core/error.h"

namespace c3d {

void expect_same_videos(const std::string& was, const PreparedData& data) {
  const std::string& now = data.fingerprint;
  const auto is_synthetic = [](const std::string& fingerprint) { return fingerprint.starts_with("synth "); };
  const std::string ways =
      "so its samples cannot go on; start a new run, from these weights with --init if you like";
  if (!was.empty() && (was == now || was == data.earlier_fingerprint)) return;
  expect(
      !is_synthetic(was) || !is_synthetic(now),
      "the synthetic scenes are not those the run was started with (--data, or this version draws others), "
      "{}",
      ways);
  expect(!is_synthetic(was) && !is_synthetic(now), "the run was started with {}, and --data has {} now, {}",
         is_synthetic(was) ? "synthetic scenes" : "videos", is_synthetic(now) ? "synthetic scenes" : "videos",
         ways);
  fail(
      "the videos are not those the run was started with (names, sizes, classes or lengths differ), {}. "
      "Videos that were moved are found by --data, --val and --root",
      ways);
}

}  // namespace c3d
