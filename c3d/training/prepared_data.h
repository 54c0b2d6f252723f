// From folders and lists to what training reads: datasets with counted frames, the split, the mean colour,
// and what a person should know about them. No backend is needed.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "c3d/training/folds.h"
#include "c3d/training/train_settings.h"
#include "data/clip_loader.h"
#include "data/video_index.h"

namespace c3d {

struct PreparedData {
  Dataset train, validation;  // validation is empty where there is none
  ClipSpec clip;
  OpenVideo open;
  std::shared_ptr<VideoCache> cache;     // what happens to it in mid-run is noted there
  std::vector<BrokenVideo> broken;       // left out
  std::vector<std::string> notes;        // for people: what was ignored, imbalance, short videos ...
  std::vector<std::string> passed_over;  // files and folders that are no videos, as the notes say it
  // Of labels, and of the videos' names below the folder they share, sizes and frame counts: a resumed run
  // must see the same videos, wherever they are.
  std::string fingerprint;
  std::string earlier_fingerprint;  // as older states have it: without folders and sizes
  std::optional<Folds> folds;       // of a run that is one of several
};

using ProgressCallback = std::function<void(std::int64_t done, std::int64_t total)>;

// The number of threads that read videos: as set, or usable_threads().
int reader_threads(const TrainSettings& settings);
// How clips are drawn for training, or read in turn for evaluation.
LoaderOptions loader_options(const TrainSettings& settings, bool training);
struct DataInspection;
// Decodes every video that the index does not know. Error when more than broken_share of them, and more than
// one, are broken. With an inspection (data_inspection.h), which must be empty, that and the like is noted
// there; an Error then means that no video was found to go on with.
PreparedData prepare_data(const TrainSettings& settings, const ProgressCallback& progress,
                          DataInspection* inspection = nullptr);
// The mean colour in `colour_order`, over frames spread evenly over at most 256 videos spread evenly over the
// set: the same for the same videos. Rounded to 0.01.
std::array<float, 3> mean_colour(const PreparedData& data, const TrainSettings& settings);

// A line for each class: how many videos train and validate, in every fold where there are folds; and how
// many are broken.
std::string split_table(const PreparedData& data);
// Why it is broken, without its name, which stands beside it.
std::string reason_of(const BrokenVideo& video);
// Stops a run for its broken videos: more than `share` of `videos`, and more than one. The Error lists the
// first 20.
void expect_few_broken(const std::vector<BrokenVideo>& broken, std::size_t videos, double share);

}  // namespace c3d
