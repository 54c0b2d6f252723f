#include "c3d/check/collection.h"

#include <algorithm>

#include "c3d/common/bad_request.h"
#include "c3d/training/folds.h"
#include "c3d/training/new_run.h"
#include "c3d/training/optimization_settings.h"
#include "c3d/training/resolved_run.h"
#include "c3d/training/run_folder.h"
#include "c3d/training/synth_data.h"
#include "data/clip_sampler.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

RunRequest request_of(const CheckOptions& options) {
  RunRequest request;
  request.config = options.config;
  request.dry_run = true;
  request.flags = options.settings;
  if (options.folds == 0) return request;
  const auto names_fold = [](const SettingValue& one) { return one.first == "fold" && !one.second.empty(); };
  expect_request(std::ranges::none_of(assignments_of(request), names_fold),
                 "folds are of a whole cross-validation, and `fold` names one: leave one of the two out");
  request.flags.emplace_back("fold", fold_text({1, options.folds}));
  return request;
}

void add_videos(const Dataset& dataset, bool validates, Collection& all) {
  for (const Video& video : dataset.videos) {
    CollectedVideo one{.video = &video, .dataset = &dataset, .validates = validates, .look = {}};
    if (const auto look = all.found.looks.find(video.path); look != all.found.looks.end()) {
      one.look = look->second;
    }
    const auto signature = all.found.signatures.find(video.path);
    if (signature != all.found.signatures.end()) one.signature = &signature->second;
    all.videos.push_back(std::move(one));
  }
}

// What a session of training would find before its first step.
void judge_beginning(Collection& all) {
  const PreparedData& data = all.data;
  judge(&all.found, [&] { check_labels(data.train.labels); });
  if (data.train.videos.empty()) return;  // which was said
  judge(&all.found, [&] { check_against_data(all.settings, data); });
  judge(&all.found, [&] { expect_clips(data.train, data.clip); });
  if (data.validation.videos.empty()) return;
  judge(&all.found, [&] { expect_clips(data.validation, data.clip); });
}

}  // namespace

std::vector<std::string> CollectedVideo::labels() const {
  std::vector<std::string> names;
  for (const std::int32_t label : classes_of(*dataset, *video)) {
    names.push_back(dataset->labels[static_cast<std::size_t>(label)]);
  }
  return names;
}

double CollectedVideo::motion() const { return signature == nullptr ? 0 : signature->levels(); }

Dataset Collection::whole() const {
  Dataset all = data.train;
  all.videos.insert(all.videos.end(), data.validation.videos.begin(), data.validation.videos.end());
  return all;
}

double CollectedVideo::seconds() const {
  if (look.seconds > 0 || look.rate <= 0) return look.seconds;
  return static_cast<double>(video->frames) / look.rate;
}

std::filesystem::path Collection::example_of(std::size_t label) const {
  for (const CollectedVideo& one : videos) {
    for (const std::int32_t shown : classes_of(*one.dataset, *one.video)) {
      if (static_cast<std::size_t>(shown) == label) return one.file();
    }
  }
  return settings.data;
}

std::unique_ptr<Collection> collect(const CheckOptions& options, const ProgressCallback& progress) {
  const RunRequest request = request_of(options);
  const ResolvedRun resolved = resolve(request, RunFolder(std::filesystem::path()));
  auto collection = std::make_unique<Collection>();
  Collection& all = *collection;
  expect(!is_synth(resolved.settings.data),
         "{}: these scenes are drawn while a network trains, and there is nothing to check: give videos",
         resolved.settings.data);
  RecipeChoice recipe = start_recipe(request, resolved);
  const auto prepare = [&](const TrainSettings& settings) {
    all.found = {};
    return prepare_data(settings, progress, &all.found);
  };
  try {
    all.data = prepare(recipe.settings());
    choose_by_videos(recipe, all.data, prepare);
  } catch (const Error& error) {
    all.found.stops.push_back(error.message());
    all.data = {};
  }
  all.settings = recipe.settings();
  judge_beginning(all);
  add_videos(all.data.train, false, all);
  add_videos(all.data.validation, true, all);
  return collection;
}

}  // namespace c3d
