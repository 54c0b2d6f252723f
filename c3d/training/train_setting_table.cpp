#include "c3d/training/train_setting_table.h"

#include <algorithm>

#include "c3d/training/recipes.h"
#include "c3d/training/shipped_start.h"
#include "c3d/training/tensorboard_log.h"
#include "engine/core/argument.h"
#include "engine/core/nearest.h"
#include "engine/core/usable_threads.h"
#include "engine/optim/optimizer.h"
#include "model/c3d_layers.h"

namespace c3d {
namespace {

using S = TrainSettings;

TrainSetting number(std::string name, TrainSetting::Member member, double least, double most,
                    std::string unit, std::string help) {
  return {.name = std::move(name),
          .member = member,
          .unit = std::move(unit),
          .help = std::move(help),
          .least = least,
          .most = most};
}

TrainSetting text(std::string name, TrainSetting::Member member, std::string unit, std::string help) {
  return {.name = std::move(name), .member = member, .unit = std::move(unit), .help = std::move(help)};
}

TrainSetting path(std::string name, TrainSetting::Member member, std::string help) {
  TrainSetting setting = text(std::move(name), member, "path", std::move(help));
  setting.is_path = true;
  return setting;
}

template <typename Value>
using Words = std::vector<std::pair<Value, std::string>>;

template <typename Value>
TrainSetting choice(std::string name, Value TrainSettings::*member, const Words<Value>& words,
                    std::string help) {
  const auto get = [member, words](const TrainSettings& settings) {
    return std::ranges::find(words, settings.*member, &std::pair<Value, std::string>::first)->second;
  };
  const auto set = [member, words](TrainSettings& settings, std::size_t word) {
    settings.*member = words[word].first;
  };
  TrainSetting setting = text(std::move(name), WordMember{get, set}, "", std::move(help));
  for (const auto& [value, word] : words) setting.choices.push_back(word);
  return setting;
}

// Each value by its to_string().
template <typename Enum>
TrainSetting choice(std::string name, Enum TrainSettings::*member, std::initializer_list<Enum> values,
                    std::string help) {
  Words<Enum> words;
  for (const Enum value : values) words.emplace_back(value, to_string(value));
  return choice(std::move(name), member, words, std::move(help));
}

// One of the words, or a path.
TrainSetting path_or(std::string name, TrainSetting::Member member, std::vector<std::string> words,
                     std::string help) {
  TrainSetting setting = path(std::move(name), member, std::move(help));
  setting.choices = std::move(words);
  return setting;
}

// When a run is resumed.
TrainSetting may_change(TrainSetting setting) {
  setting.may_change = true;
  return setting;
}

std::vector<TrainSetting> recipe_settings() {
  Words<std::string> names;
  for (const std::string& name : recipe_names()) names.emplace_back(name, name);
  return {
      choice("recipe", &S::recipe, names,
             "a named set of settings, which holds where you set nothing yourself; auto: by the number of "
             "training videos. Listed below"),
      number(
          "minutes", &S::minutes, 0, 1e6, "minutes",
          "that a run may take on this machine, by measured speed: fits steps, and width where training "
          "starts from random weights; 0: by epochs or steps. Of a cross-validation: that its first fold may "
          "take, whose steps and width hold for all"),
  };
}

std::vector<TrainSetting> data_settings() {
  return {
      may_change(path(
          "data", &S::data,
          "training videos: a folder per class, or a list of `path label`; see --data. A run goes "
          "on with videos that were moved. synth:clips=100000,validation=1024,seed=0,labels=motion, each "
          "part or none: scenes of c3d_synth --world, without files; labels=attributes: with seven labels "
          "each; labels=playback: told apart by how they are played (backward, shuffled, fast)")),
      may_change(
          path("val", &S::val,
               "validation videos; empty: DIR/val if it is there, else a part of the training videos")),
      may_change(path("root", &S::root, "where a list's relative paths start; empty: the list's own folder")),
      may_change(
          path("classes", &S::classes,
               "class names and their numbers, as UCF101's classInd.txt; empty: the one beside the list")),
      choice(
          "targets", &S::label_sets, Words<bool>{{false, "label"}, {true, "label_set"}},
          "what a video shows: one class of several, or any number of labels at once, `path walk|wave` in a "
          "list, `path -` where it shows none; each label then has its own probability"),
      text("group_regex", &S::group_regex, "regular expression",
           "videos whose names share its first capture stay on one side of the split; empty: UCF101's _g01_"),
      number("validation_share", &S::validation_share, 0, 0.9, "share of the groups",
             "kept back for validation when there is no --val; 0: no validation"),
      text("fold", &S::fold, "fold/folds",
           "one run of a cross-validation: 2/5 validates with the second of five parts of the groups and "
           "trains "
           "on the others; --folds makes all of them; empty: none"),
      number("clip_frames", &S::clip_frames, 1, 256, "frames", "length of a clip"),
      number("frame_stride", &S::frame_stride, 1, 1000, "frames",
             "from one frame of a clip to the next: 2 takes every second"),
      text(
          "fps", &S::fps, "frames a second|file",
          "takes so many frames of a second, by their times, as ffmpeg's filter fps does: 25, 29.97, "
          "30000/1001; those of faster videos are left out, of slower ones repeated, and frame_stride counts "
          "what results; file: each frame of the file"),
      choice(
          "profile", &S::profile,
          {Profile::caffe_sports1m, Profile::pvr, Profile::mmaction2, Profile::custom},
          "how the frames of published weights are prepared: sets resize, crop_top, crop_left, colour_order, "
          "mean and input_scale; custom: as these say"),
      choice("resize", &S::resize, {ResizeRule::stretch, ResizeRule::short_side},
             "frames to resize_width x resize_height whatever their shape, or their shorter side to "
             "resize_height"),
      number("resize_width", &S::resize_width, 8, 4096, "pixels", "frames are resized to this width"),
      number("resize_height", &S::resize_height, 8, 4096, "pixels", "and this height"),
      number("crop", &S::crop, 8, 4096, "pixels",
             "side of the square that the network sees: random in training, the centre in evaluation"),
      number("crop_top", &S::crop_top, -1, 4096, "pixels",
             "first row of the square that is judged; -1: at the centre"),
      number("crop_left", &S::crop_left, -1, 4096, "pixels", "and its first column"),
      number("flip", &S::flip, 0, 1, "probability",
             "of mirroring a training clip; set 0 where left and right tell classes apart"),
      choice("short_clips", &S::short_clips, {ShortClips::loop, ShortClips::repeat, ShortClips::skip},
             "what fills a clip of a video that is too short: loop it, repeat the last frame, or skip the "
             "video"),
      choice("colour_order", &S::colour_order, {ColourOrder::rgb, ColourOrder::bgr},
             "of the network's input channels"),
      text("mean", &S::mean, "3 numbers 0..255",
           "subtracted from the colours, in colour_order: a,b,c; auto: measured on the training videos"),
      path("mean_file", &S::mean_file,
           "in place of mean: a cube [3,frames,height,width] in colour_order, subtracted before the crop; "
           ".npy"),
      number("input_scale", &S::input_scale, 1e-6, 1e3, "factor",
             "(pixel - mean) times this enters the network; 1 makes training from scratch diverge easily"),
      number("clips_per_video", &S::clips_per_video, 1, 1e6, "clips",
             "drawn from each training video in an epoch"),
      number("balance", &S::balance, 0, 1, "share",
             "of the way from every training video as often, 0, to every class as often, 1: a class with n "
             "videos is drawn as n^(1 - balance); an epoch keeps its length"),
      number("validation_clips", &S::validation_clips, 1, 1e4, "clips",
             "spread evenly over each validation video, whose score is their mean"),
      number(
          "validation_crops", &S::validation_crops, 1, 10, "1, 3 or 10",
          "squares judged of each validation clip, whose probabilities are their mean: 1, at crop_top and "
          "crop_left; 3, as long as the shorter side, at both ends and in the middle of the longer one; 10, "
          "corners and centre, and of the mirrored frame"),
      may_change(number("cache_gb", &S::cache_gb, 0, 1e6, "GB",
                        "of decoded, resized frames kept on disk, so that epochs need not decode; 0: none")),
      may_change(path("cache_folder", &S::cache_folder,
                      "of these frames and of the videos' index; empty: c3d in the user's cache folder")),
      may_change(number("broken_share", &S::broken_share, 0, 1, "share of the videos",
                        "that may fail to decode and are left out; more than that, and more than one, end "
                        "the run")),
      may_change(number("read_timeout", &S::read_timeout, 0.001, 1e6, "seconds",
                        "to wait for a pipe or device that gives too little to go on with")),
  };
}

// Each may end with a probability; without it every clip is varied. data/augment/augmentation.h says what is
// done.
std::vector<TrainSetting> augmentation_settings() {
  return {
      text("scale", &S::scale, "low,high[,probability]",
           "area of the region that becomes a training clip, as a share of the largest square of a frame: "
           "0.5,1; empty, as for all of these: none"),
      text("aspect", &S::aspect, "low,high[,probability]",
           "width over height of the region that becomes a training clip: 0.75,1.333"),
      text("rotate", &S::rotate, "degrees[,probability]",
           "by which a training clip is turned at most, either way: 10,0.5"),
      text("brightness", &S::brightness, "share[,probability]",
           "by which all colours grow or shrink at most: 0.3"),
      text("contrast", &S::contrast, "share[,probability]",
           "by which the colours' distance from the middle grey grows or shrinks at most: 0.3"),
      text("saturation", &S::saturation, "share[,probability]",
           "by which the colours' distance from grey grows or shrinks at most: 0.3"),
      text("hue", &S::hue, "turns[,probability]",
           "by which the colours turn around the axis of greys at most, either way: 0.05"),
      text("blur", &S::blur, "pixels[,probability]",
           "standard deviation of a Gaussian blur, at most 1.5: 1,0.2"),
      text("noise", &S::noise, "levels[,probability]",
           "standard deviation of noise on each colour of each pixel, at most 32: 8,0.2"),
      text("erase", &S::erase, "share[,probability]",
           "of a clip's volume, at most, in a box of space and time that noise fills: 0.2,0.25"),
      text("speed", &S::speed, "low,high[,probability]", "factor on frame_stride: 0.75,1.333"),
      text("mixup", &S::mixup, "alpha[,probability]",
           "another clip of the batch is blended in, and its label counts as much: shares from Beta(alpha, "
           "alpha): 0.2,0.5"),
      text("cutmix", &S::cutmix, "alpha[,probability]",
           "another clip of the batch shows in a box, and its label counts by its area: 1,0.5"),
  };
}

std::vector<TrainSetting> network_settings() {
  return {
      number("width", &S::width, 0.01, 8, "factor",
             "on the channels of all convolutions, fc6 and fc7; 1 is C3D"),
      number("dropout", &S::dropout, 0, 0.99, "probability", "after fc6 and fc7"),
      choice("pool5", &S::pool5, {Pool5Rule::pytorch, Pool5Rule::caffe},
             "padding of the last pool: 1 on both sides, or rounded up"),
      choice("initialisation", &S::initialization, {Initialization::kaiming, Initialization::caffe},
             "He-normal, or the Gaussians of the original"),
      path_or(
          "init", &S::init, {kMotionStart},
          "weights to start from, of any format c3d_weights reads; motion: those that come with the tools"),
      choice("init_map", &S::init_map,
             {NameMap::automatic, NameMap::pvr, NameMap::features, NameMap::mmaction2, NameMap::caffe},
             "whose names the tensors of init have"),
      text("reinit", &S::reinit, "layers", "that start anew in spite of init: fc8 for other classes"),
      text("freeze", &S::freeze, "layers", "that do not learn: conv1,conv2"),
  };
}

std::vector<TrainSetting> optimizer_settings() {
  return {
      number("batch", &S::batch, 1, 4096, "clips", "computed together"),
      number("accumulate", &S::accumulate, 1, 4096, "batches",
             "whose gradients make one step: 3 batches of 10 learn as one of 30, in less memory; several "
             "ranks share "
             "them"),
      number("epochs", &S::epochs, 0, 1e9, "epochs", "to train; 0: 30, and at least 1200 steps"),
      number("steps", &S::steps, 0, 1e12, "steps", "to train, in place of epochs; 0: by epochs"),
      number("learning_rate", &S::learning_rate, 0, 1e6, "per step", "at its highest"),
      text("scale_learning_rate", &S::scale_learning_rate, "true|false",
           "several ranks, without accumulate: each has a batch of its own, and learning_rate grows with "
           "their number; both "
           "are then written to config.json"),
      choice("schedule", &S::schedule,
             {ScheduleKind::constant, ScheduleKind::step, ScheduleKind::multistep, ScheduleKind::cosine},
             "of the learning rate"),
      number("warmup_steps", &S::warmup_steps, 0, 1e12, "steps",
             "over which the learning rate grows to its height"),
      number("schedule_every", &S::schedule_every, 0, 1e12, "steps",
             "schedule step: the rate falls after each so many"),
      text("milestones", &S::milestones, "steps",
           "schedule multistep: the rate falls at each of these: 1000,2000"),
      number("gamma", &S::gamma, 0, 1, "factor", "of each fall"),
      number("final_learning_rate", &S::final_learning_rate, 0, 1e6, "per step",
             "schedule cosine: the rate at the end"),
      choice("optimizer", &S::optimizer, {OptimizerRule::sgd, OptimizerRule::nesterov, OptimizerRule::adamw},
             "sgd with momentum; with Nesterov's momentum; or AdamW, which wants a learning_rate of 0.001 or "
             "less "
             "and a weight_decay of 0.01 or more"),
      choice("sgd", &S::sgd,
             Words<OptimizerRule>{{OptimizerRule::sgd, "pytorch"}, {OptimizerRule::caffe, "caffe"}},
             "convention of the optimizer sgd: the rate applied to the velocity, or inside it"),
      number("momentum", &S::momentum, 0, 0.9999, "factor",
             "of the velocity kept from step to step; adamw: beta1, of its first moment"),
      number("beta2", &S::beta2, 0, 0.999999, "factor", "adamw: of the second moment kept from step to step"),
      number("epsilon", &S::epsilon, 1e-12, 1, "number",
             "adamw: added to the root of the second moment, which the step is divided by"),
      number("weight_decay", &S::weight_decay, 0, 1, "factor",
             "of the parameters added to their gradient; adamw: times the learning rate, taken off them"),
      number("clip_norm", &S::clip_norm, 0, 1e9, "norm",
             "largest norm of the mean gradient, before weight decay; 0: any"),
      number("label_smoothing", &S::label_smoothing, 0, 0.99, "share",
             "of the target spread over all classes"),
      text(
          "class_weights", &S::class_weights, "auto|numbers",
          "on the loss of each class, in the order of labels.txt: 1,2.5; auto: inverse to how often training "
          "draws the class; empty: all 1. Of label sets: on the loss where the label is there"),
      number("focal", &S::focal, 0, 10, "exponent",
             "gamma of the focal loss, which counts clips less that are well known already: 2; 0: off"),
      number("ema", &S::ema, 0, 0.999999, "factor",
             "of the parameters' moving average kept from step to step: 0.999. The average is then what is "
             "evaluated, and what best and last hold; 0: none"),
      text("ema_warmup", &S::ema_warmup, "true|false",
           "whether ema grows from 0.1 at the first step, as (1 + step) / (10 + step): what the first steps "
           "see is "
           "soon forgotten"),
      number("head_lr_scale", &S::head_lr_scale, 0, 1e6, "factor",
             "on the learning rate of fc8: 10 when fine-tuning"),
      number("bias_lr_scale", &S::bias_lr_scale, 0, 1e6, "factor",
             "on the learning rate of biases: 2 in the original"),
      text("bias_decay", &S::bias_decay, "true|false", "whether biases decay: false in the original"),
      number("layer_decay", &S::layer_decay, 0.01, 1, "factor",
             "on the learning rate from each layer to the one below it, fc8 having all of it: 0.8 when "
             "fine-tuning; 1: off"),
      number(
          "unfreeze_every", &S::unfreeze_every, 0, 1e12, "steps",
          "after which one layer more learns, from fc8 downwards: fine-tuning that keeps what lower layers "
          "know; 0: all learn from the start"),
      number("unfreeze_first", &S::unfreeze_first, 1, static_cast<double>(kC3dLayers.size()), "layers",
             "that learn from the start where unfreeze_every is set"),
  };
}

std::vector<TrainSetting> run_settings() {
  return {
      number("seed", &S::seed, 0, kLargestWhole, "number",
             "of starting weights, samples, dropout and split: the same seed, threads and plan give the same "
             "bytes"),
      text("device", &S::device, "auto|cpu|reference|cuda[:N]", "where to compute"),
      choice("precision", &S::precision, {Precision::f32, Precision::tf32, Precision::bf16}, "arithmetic"),
      choice("convolution", &S::direct_convolution, Words<bool>{{false, "winograd"}, {true, "direct"}},
             "CPU: fewer products and 1e-6 more rounding, or every sum as the definition has it"),
      text("isa", &S::isa, "amx|avx512|avx2|neon|portable",
           "CPU: hold its kernels to one instruction set; empty: the best there is"),
      path_or(
          "plan", &S::plan, {"measured", "fixed"},
          "kernels of the convolutions by measuring, by a model of the work (GPUs: cuDNN's heuristics), or "
          "from a file that pins what was measured; empty: measured on CPUs, fixed on GPUs; a resumed run "
          "keeps its own"),
      number("memory", &S::memory, 0, 1e8, "MB",
             "CPU: of transformed filters kept at most, by smaller tiles; 0: as many as are fast"),
      may_change(text("graphs", &S::graphs, "true|false", "GPUs: record a step once, launch it as a whole")),
      may_change(number("threads", &S::threads, 0, kMostThreads, "threads",
                        "that compute; 0: as OMP_NUM_THREADS says, else one per core this process may use")),
      may_change(number("loader_threads", &S::loader_threads, 0, kMostThreads, "threads",
                        "that read videos; 0: as for threads. Any number gives the same clips")),
      number("report_every", &S::report_every, 1, 1e6, "steps", "between looks at the loss"),
      number("validate_every", &S::validate_every, 0, 1e12, "steps",
             "between evaluations; 0: a tenth of the run, at least an epoch"),
      number("snapshot_every", &S::snapshot_every, 0, 1e12, "steps",
             "between snapshots for --resume; 0: a twentieth of the run, at most 200"),
      choice("best_by", &S::best_by, {BestBy::video_accuracy, BestBy::clip_accuracy, BestBy::loss},
             "what of the validation videos chooses best: their hits (of label sets the mean average "
             "precision), those of their single clips, or the cross-entropy of the videos, which parts equal "
             "hits, too"),
      number("patience", &S::patience, 0, 1e9, "evaluations",
             "in a row without a better one, after which the run ends, before its epochs or steps are done, "
             "also where these are set; 0: never"),
      may_change(path_or(
          "tensorboard", &S::tensorboard, {kRunEvents},
          "the folder of event files for TensorBoard; run: `tensorboard` in the run's folder; empty: none "
          "are "
          "written. Each fold has its own: run/fold-1/tensorboard, or fold-1 in a folder that is named")),
  };
}

std::vector<TrainSetting> all_settings() {
  const std::vector<std::pair<const char*, std::vector<TrainSetting>>> groups = {
      {"Recipe", recipe_settings()},
      {"Data", data_settings()},
      {"Augmentation", augmentation_settings()},
      {"Network", network_settings()},
      {"Optimization", optimizer_settings()},
      {"Run", run_settings()}};
  std::vector<TrainSetting> all;
  for (const auto& [group, settings] : groups) {
    for (const TrainSetting& setting : settings) {
      all.push_back(setting);
      all.back().group = group;
    }
  }
  return all;
}

}  // namespace

const std::vector<TrainSetting>& train_setting_table() {
  static const std::vector<TrainSetting> table = all_settings();
  return table;
}

const TrainSetting& find_setting(const std::string& key) {
  std::vector<std::string> names;
  for (const TrainSetting& setting : train_setting_table()) {
    if (setting.name == key) return setting;
    names.emplace_back(setting.name);
  }
  const std::string close = nearest(key, names);
  fail_argument("there is no setting `{}`; {}--help lists them all", key,
                is_near(key, close) ? fmt::format("did you mean `{}`? ", close) : "");
}

}  // namespace c3d
