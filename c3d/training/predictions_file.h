// predictions.jsonl: what the last evaluation said of each video, and best_predictions.jsonl: what that one said
// whose weights are the best. JSON lines in UTF-8. The first is of the evaluation:
//   {"split": "validation", "step": 40, "videos": 18, "label_sets": false,
//    "calibration": [{"count": 3, "probability": 0.64, "right": 0.67}, ...]}
// with a bin of the probabilities for each tenth (engine/train/calibration.h). Each other line is of a video,
// in the order of the validation videos:
//   {"file": "/videos/a.mp4", "frames": 90, "clips": 10, "loss": 0.36,
//    "truth": [{"label": "walk", "index": 2, "probability": 0.7}],
//    "labels": [{"label": "walk", "index": 2, "probability": 0.7}, ...]}
// "truth" is what it shows, of label sets any number of labels; "labels" the five likeliest, as c3d_infer's
// --json has them; "probability" the mean over its clips, "loss" the cross-entropy. Names of files are
// spelled as engine/io/json_text.h says. The same evaluation gives the same bytes.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "c3d/report/pages/run_facts.h"
#include "data/dataset.h"
#include "engine/train/report.h"

namespace c3d {

// The first line, and that of a video of `videos`, which are those that were evaluated.
nlohmann::ordered_json predictions_header(const EvaluationReport& evaluation, const Dataset& videos);
nlohmann::ordered_json prediction_line(const VideoPrediction& prediction, const Dataset& videos);

// Atomically. `videos`: those that were evaluated.
void write_predictions(const std::filesystem::path& path, const EvaluationReport& evaluation,
                       const Dataset& videos);

struct Predictions {
  std::int64_t step = 0;
  bool has_label_sets = false;
  std::vector<CalibrationBin> calibration;
  std::vector<EvaluatedVideo> videos;
};
// Empty where there is no such file. Lines that are none of ours are left out, and so are labels beyond
// `classes`.
Predictions read_predictions(const std::filesystem::path& path, std::size_t classes);

}  // namespace c3d
