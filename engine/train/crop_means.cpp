#include "engine/train/crop_means.h"

#include <algorithm>
#include <span>

#include "engine/core/error.h"
#include "engine/train/bounded_log.h"

namespace c3d {

void CropMeans::add(ConstTensor probabilities, const Batch& batch, EvaluationTally& tally) {
  const std::int64_t rows = probabilities.shape()[0], classes = probabilities.shape()[1];
  expect(static_cast<std::int64_t>(batch.origins.size()) == rows, "evaluation: {} rows, but {} origins", rows,
         batch.origins.size());
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int32_t label = batch.labels_i32.as<std::int32_t>()[row];
    if (label < 0) continue;
    const ClipOrigin& origin = batch.origins[static_cast<std::size_t>(row)];
    if (crops_ > 0 && (origin.video != clip_.video || origin.first_frame != clip_.first_frame)) finish(tally);
    if (crops_ == 0) {
      clip_ = origin;
      label_ = label;
      sum_.assign(static_cast<std::size_t>(classes), 0.0);
      if (!batch.label_sets.empty()) {
        const float* set = batch.label_sets.as<float>() + row * classes;
        set_.assign(set, set + classes);
      }
    }
    const float* scores = probabilities.as<float>() + row * classes;
    std::transform(sum_.begin(), sum_.end(), scores, sum_.begin(),
                   [](double sum, float score) { return sum + static_cast<double>(score); });
    ++crops_;
  }
}

void CropMeans::finish(EvaluationTally& tally) {
  if (crops_ == 0) return;
  std::vector<float> mean;
  mean.reserve(sum_.size());
  for (const double sum : sum_) mean.push_back(static_cast<float>(sum / static_cast<double>(crops_)));
  const auto mean_loss = static_cast<float>(loss(mean));
  const auto classes = static_cast<std::int64_t>(mean.size());
  Batch clip;
  clip.labels_i32 = host_tensor(&label_, {1});
  clip.origins = std::span(&clip_, 1);
  clip.size = 1;
  if (!set_.empty()) clip.label_sets = host_tensor(set_.data(), {1, classes});
  tally.add(host_tensor(mean.data(), {1, classes}), host_tensor(&mean_loss, {1}), clip);
  crops_ = 0;
}

double CropMeans::loss(const std::vector<float>& mean) const {
  if (set_.empty()) return -bounded_log(static_cast<double>(mean.at(static_cast<std::size_t>(label_))));
  double sum = 0;
  for (std::size_t c = 0; c < mean.size(); ++c) {
    const auto p = static_cast<double>(mean[c]);
    sum -= bounded_log(set_[c] > 0.5f ? p : 1 - p);
  }
  return sum / static_cast<double>(mean.size());
}

}  // namespace c3d
