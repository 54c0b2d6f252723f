#include "c3d/training/target_settings.h"

#include "c3d/common/bad_request.h"
#include "c3d/training/augmentation_settings.h"
#include "engine/core/error.h"

namespace c3d {

void check_targets(const TrainSettings& s) {
  if (!s.label_sets) return;
  const auto expect_off = [](bool is_off, const char* key, const char* what) {
    expect_request(is_off,
                   "`{}` {}, and with `targets` label_set a clip has any number of labels: leave it out", key,
                   what);
  };
  expect_off(s.mixup.empty(), "mixup", "shares a clip between two labels");
  expect_off(s.cutmix.empty(), "cutmix", "shares a clip between two labels");
  expect_off(s.label_smoothing == 0, "label_smoothing", "takes a part of a clip's one label");
  expect_off(s.focal == 0, "focal", "judges a clip by its one label");
  expect_off(s.balance == 0, "balance", "draws a clip by its one label");
  expect_off(s.class_weights != kBalancedWeights, "class_weights auto", "counts videos by their one label");
}

TargetKind target_kind(const TrainSettings& s) {
  if (s.label_sets) return TargetKind::label_set;
  return augmentation_of(s).mixes() ? TargetKind::mixed_labels : TargetKind::label;
}

}  // namespace c3d
