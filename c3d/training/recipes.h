// Recipes: named sets of settings. A recipe fills in what the user left open; what the user set wins. `auto`
// takes `small`, or `finetune` for weights of one's own, where there are few training videos, and `none`
// where there are many. All that a recipe sets goes to config.json, so that its run is repeated without it.
#pragma once

#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "c3d/training/train_settings.h"
#include "model/model_file.h"

namespace c3d {

inline constexpr const char* kAutomaticRecipe = "auto";
inline constexpr const char* kNoRecipe = "none";  // every setting at its default
inline constexpr std::size_t kFewVideos = 2000;   // fewer are few

enum class RecipeStart : std::uint8_t { any, none, motion, given };

struct TrainRecipe {
  std::string name, summary;
  // What it starts from: whatever `init` says, nothing, the shipped weights, weights that the user names.
  RecipeStart start = RecipeStart::any;
  std::vector<std::string> settings = {};  // "key=value"
  // And these, where it starts from weights; those after `optimizer` are about it.
  std::vector<std::string> with_start = {};
  bool falls_by_quarter = false;  // schedule_every becomes a quarter of the run
};

std::vector<TrainRecipe> recipe_table();  // recipe_table.cpp
std::vector<std::string> recipe_names();  // auto first
std::string recipes_help();

// What a recipe asks of the videos.
struct SeenVideos {
  std::size_t training = 0, validation = 0;  // videos
  std::vector<std::string> labels;
  // That most training videos have: only a tenth has fewer.
  std::int64_t frames = std::numeric_limits<std::int64_t>::max();
};

// The recipe of one new run, from what was asked to what is trained. One thread.
class RecipeChoice {
 public:
  // `given`: the keys that the user set. Reads the weights that training starts from. Error: the recipe
  // contradicts `init`; `init` is `motion`, and other settings want another network, or it is not installed.
  RecipeChoice(const TrainSettings& asked, const std::set<std::string>& given);

  // Each may change the settings; of those that say what a clip is only see_videos() does.
  void see_videos(const SeenVideos& videos);
  void see_device(bool is_cpu, bool has_bf16);

  const TrainSettings& settings() const { return settings_; }
  // `minutes` says how long to train: `steps` and `epochs` are free.
  bool fits_time() const { return settings_.minutes > 0 && !length_is_given_; }
  // The width is free, too.
  bool fits_width() const { return fits_time() && settings_.init.empty() && !given_.contains("width"); }
  bool falls_by_quarter() const;
  bool is_given(const std::string& key) const { return given_.contains(key); }
  // For people, in lines without the last line end: what the recipe set, and what it left; or nothing.
  std::string text() const;

 private:
  void apply(const std::string& name);
  void choose_start(RecipeStart start);
  std::string obstacle(const ModelInfo& info) const;
  void follow_start();
  void set(const std::string& key, const std::string& value);
  void set_row(const std::string& row);
  void set_rows_of(const std::string& key);
  void set_rows_of_start();
  void fit_stride(std::int64_t frames);

  const TrainSettings asked_;
  std::set<std::string> given_;
  bool is_automatic_, length_is_given_;
  TrainSettings settings_;
  TrainRecipe recipe_;
  std::optional<ModelInfo> start_;     // of the weights that settings_.init names
  std::string why_;                    // this recipe, after its name
  std::vector<std::string> set_;       // "key=value"
  std::vector<std::string> kept_;      // what the user set otherwise
  std::vector<std::string> left_out_;  // keys that contradict what the user set
  std::vector<std::string> notes_;
};

}  // namespace c3d
