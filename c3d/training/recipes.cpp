#include "c3d/training/recipes.h"

#include <algorithm>
#include <array>

#include "c3d/training/optimization_settings.h"
#include "c3d/training/shipped_start.h"
#include "c3d/training/synth_data.h"
#include "c3d/training/train_setting_table.h"
#include "engine/core/argument.h"

namespace c3d {
namespace {

constexpr const char* kHead = "fc8";
// Times that of the shipped weights: with two and a half times, folds had fewer videos right.
constexpr std::int64_t kMostStride = 2;
// What the network is made of: weights of another do not fit.
constexpr std::array kNetworkKeys = {"width", "clip_frames", "crop"};
// Rows that depend on the videos and on the device.
constexpr std::array kLaterKeys = {"patience", "precision", "minutes"};
// What a profile prescribes.
constexpr std::array kProfileKeys = {"resize",    "resize_width", "resize_height", "crop_top",
                                     "crop_left", "colour_order", "mean",          "input_scale"};

template <std::size_t n>
bool is_one_of(const std::string& key, const std::array<const char*, n>& keys) {
  return std::ranges::any_of(keys, [&](const char* one) { return key == one; });
}

TrainRecipe find_recipe(const std::string& name) {
  for (TrainRecipe& recipe : recipe_table()) {
    if (recipe.name == name) return std::move(recipe);
  }
  fail_argument("there is no recipe `{}`; it is one of {}", name, fmt::join(recipe_names(), ", "));
}

// What weights say of their network and of its frames, as settings.
std::vector<Assignment> settings_of(const ModelInfo& info) {
  const Preprocessing& frames = info.preprocessing;
  std::vector<Assignment> all = {{"width", fmt::format("{}", info.network.width)},
                                 {"clip_frames", fmt::format("{}", info.network.clip_frames)},
                                 {"crop", fmt::format("{}", info.network.crop)},
                                 {"frame_stride", fmt::format("{}", info.frame_stride)},
                                 {"fps", to_string(info.fps)},
                                 {"pool5", to_string(info.network.pool5)}};
  if (!info.preprocessing_known) return all;
  all.emplace_back("profile", to_string(frames.profile));
  all.emplace_back("resize", to_string(frames.resize));
  all.emplace_back("resize_width", fmt::format("{}", frames.resize_width));
  all.emplace_back("resize_height", fmt::format("{}", frames.resize_height));
  all.emplace_back("crop_top", fmt::format("{}", frames.crop_top));
  all.emplace_back("crop_left", fmt::format("{}", frames.crop_left));
  all.emplace_back("colour_order", to_string(frames.colour_order));
  if (!frames.mean_cube) all.emplace_back("mean", fmt::format("{}", fmt::join(frames.mean, ",")));
  all.emplace_back("input_scale", fmt::format("{}", static_cast<double>(frames.scale)));
  return all;
}

// What makes them no settings of a new run; empty: nothing.
std::string contradiction(const TrainSettings& settings) {
  try {
    check_settings(settings);
    check_new_optimization(settings);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

std::string listed(const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, " ")); }

}  // namespace

std::vector<std::string> recipe_names() {
  std::vector<std::string> names = {kAutomaticRecipe};
  for (const TrainRecipe& recipe : recipe_table()) names.push_back(recipe.name);
  return names;
}

std::string recipes_help() {
  std::string help = fmt::format(
      "\nRecipes, for --recipe; what you set yourself wins. Without one, fewer than {} training videos take "
      "small (weights of your own: finetune), more take none; so does a --config that names no recipe:\n",
      kFewVideos);
  for (const TrainRecipe& recipe : recipe_table()) {
    help += fmt::format("  {:<9} {}\n", recipe.name, recipe.summary);
    if (!recipe.settings.empty()) help += fmt::format("            {}\n", listed(recipe.settings));
    if (!recipe.with_start.empty())
      help += fmt::format("            from weights: {}\n", listed(recipe.with_start));
  }
  return help +
         "  precision=bf16 where the device has it, minutes on a CPU, patience where videos validate.\n";
}

RecipeChoice::RecipeChoice(const TrainSettings& asked, const std::set<std::string>& given)
    : asked_(asked),
      given_(given),
      is_automatic_(asked.recipe == kAutomaticRecipe),
      length_is_given_(asked.steps > 0 || asked.epochs > 0) {
  if (asked.profile != Profile::custom && given.contains("profile")) {
    given_.insert(kProfileKeys.begin(), kProfileKeys.end());
  }
  const bool own_weights = !asked.init.empty() && asked.init != kMotionStart;
  apply(!is_automatic_ ? asked.recipe : own_weights ? "finetune" : "small");
}

void RecipeChoice::apply(const std::string& name) {
  settings_ = asked_;
  settings_.recipe = name;
  recipe_ = find_recipe(name);
  start_.reset();
  set_.clear();
  kept_.clear();
  left_out_.clear();
  notes_.clear();
  choose_start(recipe_.start);
  const bool follows = name != kNoRecipe && recipe_.start != RecipeStart::any;
  if (!settings_.init.empty() && (follows || settings_.init == kMotionStart)) follow_start();
  // Until the length of the run is known; the schedule step wants one.
  if (recipe_.falls_by_quarter && !given_.contains("schedule_every")) settings_.schedule_every = 1;
  for (const std::string& row : recipe_.settings) {
    if (!is_one_of(parse_assignment(row).first, kLaterKeys)) set_row(row);
  }
  if (start_) set_rows_of_start();
  if (falls_by_quarter()) {
    set_.emplace_back("schedule_every=QUARTER");
  } else {
    settings_.schedule_every = asked_.schedule_every;
  }
}

// Rates are of an optimizer: they say nothing for the one that the user names.
void RecipeChoice::set_rows_of_start() {
  bool has_its_optimizer = true;
  for (const std::string& row : recipe_.with_start) {
    const auto [key, value] = parse_assignment(row);
    if (has_its_optimizer) {
      set_row(row);
      has_its_optimizer = key != "optimizer" || setting_text(settings_, key) == value;
    } else if (!given_.contains(key)) {
      left_out_.push_back(key);
    }
  }
}

void RecipeChoice::choose_start(RecipeStart start) {
  expect_argument(start != RecipeStart::given || !settings_.init.empty(),
                  "the recipe {} starts from weights: name them by --init", recipe_.name);
  expect_argument(
      start != RecipeStart::none || settings_.init.empty(),
      "the recipe {} starts from random weights, and --init names others: leave it out, or take the recipe "
      "finetune",
      recipe_.name);
  if (start != RecipeStart::motion || given_.contains("init")) return;
  if (!find_motion_start()) {
    notes_.push_back(fmt::format("note: the weights `{}` are not installed: training starts from random ones",
                                 kMotionStart));
    return;
  }
  TrainSettings from_motion = settings_;
  from_motion.init = kMotionStart;
  if (const std::string why = obstacle(start_info(from_motion)); !why.empty()) {
    notes_.push_back(
        fmt::format("note: training starts from random weights: the weights `{}` {}", kMotionStart, why));
    return;
  }
  set("init", kMotionStart);
}

// Which setting of the user's wants another network; empty: none.
std::string RecipeChoice::obstacle(const ModelInfo& info) const {
  for (const auto& [key, value] : settings_of(info)) {
    if (!given_.contains(key) || !is_one_of(key, kNetworkKeys)) continue;
    const std::string wanted = setting_text(asked_, key);
    TrainSettings theirs;
    assign(theirs, {key, value});
    if (setting_text(theirs, key) != wanted) return fmt::format("have {} {}, not {}", key, value, wanted);
  }
  return "";
}

void RecipeChoice::follow_start() {
  start_ = start_info(settings_);
  if (settings_.init == kMotionStart) {
    const std::string why = obstacle(*start_);
    expect_argument(why.empty(), "--init {}: these weights {}; leave that setting out, or --init",
                    kMotionStart, why);
  }
  const bool has_own_frames =
      std::ranges::any_of(given_, [](const std::string& key) { return is_one_of(key, kProfileKeys); });
  for (const auto& [key, value] : settings_of(*start_)) {
    const bool has_no_times = key == "fps" && is_synth(settings_.data);
    if (!has_no_times && (key != "profile" || !has_own_frames)) set(key, value);
  }
}

void RecipeChoice::set(const std::string& key, const std::string& value) {
  const std::string before = setting_text(settings_, key);
  TrainSettings changed = settings_;
  assign(changed, {key, value});
  const std::string after = setting_text(changed, key);
  if (given_.contains(key)) {
    if (after != before) kept_.push_back(key + "=" + before);
    return;
  }
  settings_ = changed;
  if (after != before) set_.push_back(key + "=" + value);
}

void RecipeChoice::set_row(const std::string& row) {
  const auto [key, value] = parse_assignment(row);
  if (key == "epochs" && length_is_given_) return;
  if (!given_.contains(key)) {
    TrainSettings changed = settings_;
    assign(changed, {key, value});
    const std::string why = contradiction(changed);
    if (!why.empty() && contradiction(settings_).empty()) {
      left_out_.push_back(key);
      return;
    }
  }
  set(key, value);
}

void RecipeChoice::see_videos(const SeenVideos& videos) {
  if (is_automatic_ && videos.training >= kFewVideos) apply(kNoRecipe);
  if (is_automatic_) why_ = fmt::format(", for {} training videos", videos.training);
  if (videos.validation > 0 && !length_is_given_) set_rows_of("patience");
  if (!start_) return;
  fit_stride(videos.frames);
  if (given_.contains("reinit")) return;
  const bool are_unknown = start_->labels.empty();
  const bool are_others = are_unknown
                              ? start_->network.classes != static_cast<std::int64_t>(videos.labels.size())
                              : start_->labels != videos.labels;
  if (are_others) set("reinit", kHead);
}

// The stride of the start is about its videos' rate. A clip that is longer than the videos would be filled
// with frames of its own; one that sees more of a video tells more, as folds showed (weights/pretrained).
void RecipeChoice::fit_stride(std::int64_t frames) {
  const std::int64_t steps = settings_.clip_frames - 1, was = settings_.frame_stride;
  const bool is_known = frames != SeenVideos().frames;
  if (recipe_.name == kNoRecipe || given_.contains("frame_stride") || steps == 0 || !is_known) return;
  const std::int64_t most = settings_.init == kMotionStart ? kMostStride * was : was;
  const std::int64_t fits = std::clamp<std::int64_t>((frames - 1) / steps, 1, most);
  if (fits == was) return;
  notes_.push_back(
      fits < was ? fmt::format("note: frame_stride={}, not {} as of the weights: many videos have less than "
                               "the {} frames that such a clip spans",
                               fits, was, steps * was + 1)
                 : fmt::format("note: frame_stride={}, not {} as of the weights: nearly all videos have the "
                               "{} frames that such a clip spans",
                               fits, was, steps * fits + 1));
  std::erase(set_, fmt::format("frame_stride={}", was));
  set("frame_stride", fmt::format("{}", fits));
}

void RecipeChoice::see_device(bool is_cpu, bool has_bf16) {
  if (has_bf16) set_rows_of("precision");
  if (is_cpu && !length_is_given_) set_rows_of("minutes");
}

void RecipeChoice::set_rows_of(const std::string& wanted) {
  for (const std::string& row : recipe_.settings) {
    if (parse_assignment(row).first == wanted) set_row(row);
  }
}

bool RecipeChoice::falls_by_quarter() const {
  return recipe_.falls_by_quarter && settings_.schedule == ScheduleKind::step &&
         !given_.contains("schedule_every");
}

std::string RecipeChoice::text() const {
  std::vector<std::string> lines;
  if (is_automatic_ || recipe_.name != kNoRecipe) {
    std::string line = fmt::format("recipe {}{}: ", recipe_.name, why_);
    line += !set_.empty()               ? listed(set_)
            : recipe_.name == kNoRecipe ? "every other setting at its default"
                                        : "all that it would set is set already";
    if (!kept_.empty()) line += "; but, as you set it: " + listed(kept_);
    if (!left_out_.empty()) line += "; but not, against settings of yours: " + listed(left_out_);
    if (is_automatic_ && recipe_.name != kNoRecipe)
      line += fmt::format(" (--recipe {}: every setting at its default)", kNoRecipe);
    lines.push_back(line);
  }
  lines.insert(lines.end(), notes_.begin(), notes_.end());
  if (length_is_given_ && asked_.minutes > 0) {
    lines.push_back(fmt::format("note: `{}` says how long to train, so `minutes` changes nothing",
                                asked_.steps > 0 ? "steps" : "epochs"));
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace c3d
