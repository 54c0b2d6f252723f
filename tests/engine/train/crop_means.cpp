#include "engine/train/crop_means.h"

#include <cmath>
#include <vector>

#include "catch.h"

namespace c3d {
namespace {

using Rows = std::vector<std::vector<float>>;

void add(CropMeans& means, EvaluationTally& tally, const Rows& rows, const std::vector<std::int32_t>& labels,
         const std::vector<ClipOrigin>& origins, const Rows& sets = {}) {
  std::vector<float> flat, flat_sets;
  for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  for (const auto& row : sets) flat_sets.insert(flat_sets.end(), row.begin(), row.end());
  const auto n = static_cast<std::int64_t>(rows.size());
  const auto classes = static_cast<std::int64_t>(rows.front().size());
  Batch batch;
  batch.labels_i32 = host_tensor(labels.data(), {n});
  batch.origins = origins;
  if (!sets.empty()) batch.label_sets = host_tensor(flat_sets.data(), {n, classes});
  means.add(host_tensor(flat.data(), {n, classes}), batch, tally);
}

TEST_CASE("the crops of a clip become one clip, also from one batch to the next") {
  EvaluationTally tally(2);
  CropMeans means;
  // The first clip alone is wrong by two of its crops, and right by their mean.
  add(means, tally, {{0.4f, 0.6f}, {0.45f, 0.55f}}, {0, 0}, {{4, 0}, {4, 0}});
  add(means, tally, {{0.95f, 0.05f}, {0.2f, 0.8f}, {0, 0}}, {0, 0, -1}, {{4, 0}, {4, 8}, {-1, 0}});
  add(means, tally, {{0.4f, 0.6f}, {0.5f, 0.5f}}, {0, 1}, {{4, 8}, {9, 8}});
  means.finish(tally);
  const EvaluationReport report = tally.report();
  CHECK(report.clips == 3);
  CHECK(report.videos == 2);
  CHECK(report.clip_loss == Approx(-(std::log(0.6) + std::log(0.3) + std::log(0.5)) / 3));
  CHECK(report.clip_accuracy == Approx(1.0 / 3));  // of equal ones the smaller class counts as the larger
  CHECK(report.predictions.at(0).clips == 2);
  CHECK(report.video_loss == Approx(-(std::log(0.45) + std::log(0.5)) / 2));
}

TEST_CASE("clips with label sets keep theirs") {
  EvaluationTally tally(2);
  CropMeans means;
  add(means, tally, {{0.9f, 0.1f}, {0.7f, 0.3f}}, {0, 0}, {{1, 0}, {1, 0}}, {{1, 0}, {1, 0}});
  means.finish(tally);
  means.finish(tally);  // gives nothing more
  const EvaluationReport report = tally.report();
  CHECK(report.clips == 1);
  CHECK(report.clip_loss == Approx(-(std::log(0.8) + std::log(1 - 0.2)) / 2));
  CHECK(report.label_results.at(0).videos == 1);
}

}  // namespace
}  // namespace c3d
