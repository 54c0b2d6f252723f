#include "c3d/training/new_run.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "c3d/common/bad_request.h"
#include "c3d/common/duration.h"
#include "c3d/common/plan_file.h"
#include "c3d/training/optimization_settings.h"
#include "c3d/training/run_setup.h"
#include "c3d/training/session_speed.h"
#include "data/clip_sampler.h"
#include "engine/core/error.h"
#include "engine/train/trainer.h"

namespace c3d {
namespace {

constexpr std::int64_t kWarmUps = 10;  // a short run's warm-up is at most a tenth of it
constexpr std::int64_t kFalls = 4;     // of the rate, evenly over the run, the last at its end

// Whether videos that were read for one give the frames of the other.
bool have_same_frames(const ClipSpec& a, const ClipSpec& b) {
  return a.resize == b.resize && a.resize_width == b.resize_width && a.resize_height == b.resize_height &&
         a.fps == b.fps && a.crop == b.crop && a.span() == b.span() && a.short_clips == b.short_clips;
}

// See SeenVideos.
std::int64_t usual_frames(const Dataset& dataset) {
  std::vector<std::int64_t> frames;
  frames.reserve(dataset.videos.size());
  for (const Video& video : dataset.videos) frames.push_back(video.frames);
  if (frames.empty()) return std::numeric_limits<std::int64_t>::max();
  const auto at = frames.begin() + std::ssize(frames) / 10;
  std::nth_element(frames.begin(), at, frames.end());
  return *at;
}

std::int64_t epoch_steps_of(const TrainSettings& s, const PreparedData& data) {
  const auto videos =
      std::ssize(epoch_order(data.train, data.clip, static_cast<std::uint64_t>(s.seed), 0, s.balance));
  const std::int64_t clips = videos * s.clips_per_video;
  return steps_per_epoch((clips + s.batch - 1) / s.batch, s.accumulate);
}

// Linear scaling (Goyal et al., "Accurate, Large Minibatch SGD", 2017): each rank has a batch of its own, and the rate grows with
// their number.
void scale_to_ranks(TrainSettings& s, int ranks) {
  if (!s.scale_learning_rate || ranks == 1 || s.accumulate > 1) return;
  s.accumulate = ranks;
  s.learning_rate *= ranks;
  expect_request(
      s.warmup_steps > 0,
      "`scale_learning_rate` makes the rate {} times as high, which wants a warm-up: `warmup_steps` is 0",
      ranks);
}

}  // namespace

RecipeChoice start_recipe(const RunRequest& request, const ResolvedRun& resolved) {
  return naming_config(request, [&] {
    RecipeChoice recipe(resolved.settings, resolved.given);
    check_settings(recipe.settings());
    check_new_optimization(recipe.settings());
    return recipe;
  });
}

void choose_by_videos(RecipeChoice& recipe, PreparedData& data,
                      const std::function<PreparedData(const TrainSettings&)>& prepare) {
  recipe.see_videos({.training = data.train.videos.size(),
                     .validation = data.validation.videos.size(),
                     .labels = data.train.labels,
                     .frames = usual_frames(data.train)});
  const ClipSpec clip = clip_spec(recipe.settings());
  if (have_same_frames(clip, data.clip)) {
    data.clip = clip;
  } else {
    data = prepare(recipe.settings());
  }
}

void choose_by_device(RecipeChoice& recipe) {
  const TrainSettings& settings = recipe.settings();
  if (settings.recipe == kNoRecipe) return;
  BackendSpec spec = backend_spec(settings);
  spec.precision = Precision::bf16;
  std::unique_ptr<Backend> backend;
  try {
    // The reference has bf16, which makes it slower.
    if (settings.device != "reference") backend = make_backend(spec);
  } catch (const Error&) {
    // What is wrong with the device itself is said below.
  }
  const bool has_bf16 = backend != nullptr;
  if (!has_bf16) backend = make_backend(backend_spec(settings));
  recipe.see_device(computes_on_host(*backend), has_bf16);
}

SettledRun settle(const RecipeChoice& recipe, const PreparedData& data, const std::array<float, 3>& mean,
                  const NewRunTime& time) {
  SettledRun run{.settings = recipe.settings(), .estimate = "", .note = "", .plan = ""};
  TrainSettings& s = run.settings;
  scale_to_ranks(s, time.ranks);
  if (recipe.fits_time()) {
    const auto seconds_left = [&] { return 60 * s.minutes - (steady_seconds() - time.started); };
    const auto measure = [&](const TrainSettings& settings, double seconds) {
      Trial trial = try_session(settings, data, mean, seconds, time.measuring, time.check, time.writes_plan);
      run.plan = is_plan_file(settings.plan) ? "" : trial.plan;
      // Measured by one rank alone; gradients are exchanged in a small part of a step.
      trial.speed.step /= time.ranks;
      trial.speed.evaluation /= time.ranks;
      return trial.speed;
    };
    run.estimate = fit_to_time(s, recipe.fits_width(), {seconds_left, measure});
    if (!recipe.is_given("warmup_steps")) s.warmup_steps = std::min(s.warmup_steps, s.steps / kWarmUps);
  }
  const bool is_short = s.recipe != kNoRecipe && recipe.is_given("steps") && s.steps > 0;
  if (is_short && !recipe.is_given("warmup_steps") && s.warmup_steps > s.steps / kWarmUps) {
    run.note = fmt::format("note: warmup_steps={}, not {}: a tenth of the {} steps that you set",
                           s.steps / kWarmUps, s.warmup_steps, s.steps);
    s.warmup_steps = s.steps / kWarmUps;
  }
  if (recipe.falls_by_quarter()) {
    const std::int64_t steps = s.steps > 0 ? s.steps : s.epochs * epoch_steps_of(s, data);
    s.schedule_every = std::max<std::int64_t>(1, steps / kFalls);
  }
  return run;
}

}  // namespace c3d
