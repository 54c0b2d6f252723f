// Every setting of c3d_train: one flat table of keys in the field's words, each with its unit, range and
// default. The table reads `--set key=value` and config.json, writes config.json, prints --help and compares
// a resumed run with what it was. Plain values; what they build is in train_session.h.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/frame_rate.h"
#include "engine/core/optimizer_rule.h"
#include "engine/optim/learning_rate.h"
#include "engine/train/report.h"
#include "model/model_file.h"
#include "weights/name_maps.h"

namespace c3d {

// `mean`: of the training videos' colours.
inline constexpr const char* kMeasuredMean = "auto";
// `class_weights`: by the frequency of the classes in training.
inline constexpr const char* kBalancedWeights = "auto";

struct TrainSettings {
  std::string recipe = "auto";  // see recipes.h
  // Data.
  std::string data, val, root, classes;
  bool label_sets = false;  // `targets`: each video has any number of labels
  std::string group_regex;  // empty: the dataset's default
  double validation_share = 0.2;
  std::string fold;  // "2/5", see folds.h; empty: none
  std::int64_t clip_frames = 16, frame_stride = 1;
  std::string fps = kFileFrames;  // see parse_frame_rate()
  Profile profile = Profile::custom;
  ResizeRule resize = ResizeRule::stretch;
  std::int64_t resize_width = 171, resize_height = 128, crop = 112;
  std::int64_t crop_top = -1, crop_left = -1;
  double flip = 0.5;
  ShortClips short_clips = ShortClips::loop;
  ColourOrder colour_order = ColourOrder::rgb;
  std::string mean = kMeasuredMean, mean_file;
  double input_scale = 1.0 / 64;
  std::int64_t clips_per_video = 1, validation_clips = 10, validation_crops = 1;
  double balance = 0;
  double cache_gb = 4;
  std::string cache_folder;
  double broken_share = 0.01;
  double read_timeout = 30;
  // Augmentation of training clips, see augmentation_settings.h; empty: none.
  std::string scale, aspect, rotate, brightness, contrast, saturation, hue, blur, noise, erase;
  std::string speed, mixup, cutmix;
  // Network.
  double width = 1, dropout = 0.5;
  Pool5Rule pool5 = Pool5Rule::pytorch;
  Initialization initialization = Initialization::kaiming;
  std::string init, reinit, freeze;
  NameMap init_map = NameMap::automatic;
  // Optimization.
  std::int64_t batch = 16, accumulate = 1, epochs = 0, steps = 0;
  double minutes = 0;
  double learning_rate = 0.01;
  bool scale_learning_rate = false;
  ScheduleKind schedule = ScheduleKind::cosine;
  std::int64_t warmup_steps = 30, schedule_every = 0;
  std::string milestones;
  double gamma = 0.1, final_learning_rate = 0;
  // sgd: the convention of the optimizer sgd, pytorch's or caffe's; optimizer_options() makes one of the two.
  OptimizerRule optimizer = OptimizerRule::sgd, sgd = OptimizerRule::sgd;
  double momentum = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0.0005, clip_norm = 2, label_smoothing = 0;
  std::string class_weights;  // empty, kBalancedWeights, or a number for each class
  double focal = 0;
  double ema = 0;
  bool ema_warmup = true;
  double head_lr_scale = 1, bias_lr_scale = 1;
  bool bias_decay = true;
  double layer_decay = 1;
  std::int64_t unfreeze_every = 0, unfreeze_first = 1;
  // The run.
  std::int64_t seed = 0;
  std::string device = "auto", isa, plan;
  Precision precision = Precision::f32;
  bool direct_convolution = false;
  std::int64_t memory = 0;
  bool graphs = true;
  std::int64_t threads = 0, loader_threads = 0;
  std::int64_t report_every = 1, validate_every = 0, snapshot_every = 0;
  BestBy best_by = BestBy::video_accuracy;
  std::int64_t patience = 0;
  std::string tensorboard;  // see tensorboard_log.h; empty: no event files
};

// A key and its value as text: "conv1,conv2", "0.01", "true".
using Assignment = std::pair<std::string, std::string>;

// "key=value"
Assignment parse_assignment(const std::string& text);
// A flat JSON object; lists become comma-separated text. Errors name the file: of text that is no JSON the
// line and what was expected there, of keys and values what assign() would say, of a key that stands twice,
// and of a value of another kind ("4" for 4).
std::vector<Assignment> read_settings(const std::filesystem::path& json_file);
std::vector<Assignment> parse_settings(const std::string& json_text, const std::string& source);
// Error for an unknown key (with the nearest), a value of another kind, out of range or none of the choices.
// Paths become absolute. A profile sets all that it prescribes.
void assign(TrainSettings& settings, const Assignment& assignment);
// The value of a key as text that assign() takes.
std::string setting_text(const TrainSettings& settings, const std::string& key);
// The network and how its frames are prepared, but for classes and labels, which the videos have. The mean is
// what `mean` came to; the mean file is read.
ModelInfo model_info(const TrainSettings& settings, const std::array<float, 3>& mean);
// The clips that training draws and evaluation spreads over a video.
ClipSpec clip_spec(const TrainSettings& settings);
// The same with the crops that evaluation judges, which may be stored otherwise.
ClipSpec evaluation_clip(const TrainSettings& settings, const ClipSpec& clip);
std::array<float, 3> parse_mean(const std::string& text);  // "a,b,c", from 0 to 255
// Contradictions between settings, each of which is valid by itself; those with `targets` stand in
// target_settings.h.
void check_settings(const TrainSettings& settings);

bool may_change_on_resume(const std::string& key);
std::string settings_json(const TrainSettings& settings);
// Of what was asked for alone, in its order; of a key that stands there twice the last counts.
std::string asked_json(const std::vector<Assignment>& asked);
// "key (was X, now Y)" for each key that may not change when a run is resumed.
std::vector<std::string> resume_conflicts(const TrainSettings& was, const TrainSettings& now);
// For --help: a line or two each with unit and default.
std::string settings_help();

// "1000,2000" -> numbers; Error names the key.
std::vector<std::int64_t> parse_whole_numbers(const std::string& key, const std::string& text);
std::vector<double> parse_numbers(const std::string& key, const std::string& text);
std::vector<std::string> split_list(const std::string& text);

}  // namespace c3d
