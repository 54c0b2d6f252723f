#include "tools/c3d_infer/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/frame_rate.h"
#include "model/model_ranges.h"
#include "tools/shared/device_options.h"
#include "tools/shared/exact_arguments.h"
#include "tools/shared/named_values.h"
#include "tools/shared/option_checks.h"

namespace c3d {
namespace {

// Of a number that the network's model has a range for.
std::uint64_t largest(const char* key) { return static_cast<std::uint64_t>(model_range(key).most); }

void add_network_options(CLI::App& app, LabelRequest& a) {
  add_exact_option(
      app, "VIDEO", a.videos,
      "videos; folders (all files in and below them that are videos by name, and folders of numbered frames, "
      "000001.jpg ..., each a video); - for one video from standard input");
  app.add_option("--weights", a.weights,
                 "trained weights: c3d_train's .safetensors, or another program's: PyTorch's .pth, Caffe's "
                 ".caffemodel")
      ->required()
      ->type_name("FILE");
  app.add_option_function<std::string>(
         "--map", [&a](const std::string& name) { a.network.map = parse_name_map(name); },
         "whose names the tensors of --weights have")
      ->default_str(to_string(a.network.map))
      ->check(one_of(name_map_names()))
      ->type_name("NAMES");
  add_exact_option(app, "--list", a.lists,
                   "file with a path a line, of videos or folders, after those named as VIDEO; a list to "
                   "train by is read without its labels")
      ->type_name("FILE")
      ->allow_extra_args(false);  // what follows the file is a VIDEO
  app.add_option("--top", a.top,
                 "how many labels to give for each video; of label sets all above their thresholds, too")
      ->capture_default_str()
      ->check(whole_number_within(1, largest("classes")));
  app.add_option_function<std::string>(
         "--pool5", [&a](const std::string& rule) { a.network.pool5 = parse_pool5_rule(rule); },
         "padding of the last pooling: pytorch or caffe; without it as the weights say, else pytorch")
      ->check(one_of({"pytorch", "caffe"}))
      ->type_name("RULE");
  app.add_option_function<std::string>(
         "--profile", [&a](const std::string& name) { a.network.profile = parse_profile(name); },
         "how frames are prepared, where the weights do not say it: " +
             fmt::format("{}", fmt::join(profile_names(), ", ")))
      ->check(one_of(profile_names()))
      ->type_name("NAME");
  app.add_option(
         "--mean", a.network.mean,
         "mean file in place of the profile's mean: a cube [3,16,128,171] in the network's colour order, "
         "or three numbers; .binaryproto or .npy")
      ->type_name("FILE");
}

void add_clip_options(CLI::App& app, LabelRequest& a) {
  auto* clips =
      app.add_option("--clips", a.clips.clips, "clips a video, spread evenly; its score is their mean")
          ->capture_default_str()
          ->check(whole_number_within(1, kLargestInt))
          ->group("Clips");
  auto* window =
      app.add_option("--window", a.window,
                     "instead of --clips: a window of so many frames slides over the video; it must be the "
                     "clip length of the weights (16), taken at their frame stride")
          ->check(whole_number_within(1, kLargestInt))
          ->excludes(clips)
          ->group("Clips");
  app.add_option("--step", a.clips.step, "frames from one window's start to the next [half of --window]")
      ->check(whole_number_within(1, kLargestInt))
      ->needs(window)
      ->group("Clips");

  app.add_option("--frame-stride", a.clips.frame_stride,
                 "frames from one of a clip to its next [as the weights were trained, else 1]")
      ->check(whole_number_within(1, largest("frame_stride")))
      ->group("Clips");
  app.add_option(
         "--crops", a.clips.crops,
         "squares of each clip, whose probabilities are averaged, and whose features are written one by one: "
         "1, where the weights' frames are cropped; 3, as long as the shorter side of the resized frame, "
         "scaled to the network's input: the first and the last along the longer side, at 0 and 2s, then the "
         "middle one, at s, half of the rest rounded down; 10, of the network's size: top left, top right, "
         "bottom left, bottom right, centre (halves to even), then the same of the mirrored frame, as "
         "torchvision's TenCrop")
      ->capture_default_str()
      ->check(one_of({"1", "3", "10"}))
      ->type_name("1|3|10")
      ->group("Clips");
  auto* fps =
      app.add_option("--fps", a.clips.fps,
                     "takes N frames of a second of the video, by their times, as ffmpeg -vf fps=N does: 25, "
                     "29.97, 30000/1001; others are left out or repeated, and all numbers of frames, steps "
                     "and strides count what results; file: each frame of the file [as the weights were "
                     "trained, else file]")
          ->check(checked_by([](const std::string& text) { parse_frame_rate(text); }))
          ->type_name("N|file")
          ->group("Clips");
  app.add_option(
         "--numbering", a.clips.constant_rate,
         "decode: frames as they decode; ffmpeg-cfr: as `ffmpeg -i VIDEO %06d.jpg` writes them, which "
         "doubles or drops some [decode]")
      ->transform(value_of<bool>({{"decode", false}, {"ffmpeg-cfr", true}}))
      ->type_name("decode|ffmpeg-cfr")
      ->excludes(fps)
      ->group("Clips");
  app.add_option("--read-timeout", a.clips.read_timeout,
                 "seconds to wait for a pipe or device that gives nothing, or too little to go on with")
      ->capture_default_str()
      ->check(number_within(0.001, 1e6))
      ->type_name("SECONDS")
      ->group("Clips");
}

void add_output_options(CLI::App& app, LabelRequest& a) {
  app.add_option("--json", a.json,
                 "a JSON object a line for each video, in the order given; -: to standard output")
      ->type_name("FILE|-")
      ->group("Output");
  app.add_option(
         "--overlay", a.overlay,
         "copy of the video with labels and probabilities drawn on it; a folder of them for several videos")
      ->type_name("OUT.mp4")
      ->group("Output");
  app.add_option(
         "--timeline", a.timeline,
         "picture of the probabilities over time (best with --window); a folder of them for several videos")
      ->type_name("OUT.png")
      ->group("Output");
  app.add_option("--report", a.report,
                 "page about all videos, which a browser shows: labels, how certain they are, frames of the "
                 "least and the most certain videos, what failed; one file that loads nothing")
      ->type_name("OUT.html")
      ->group("Output");
  app.add_flag(
         "--resume", a.resume,
         "leave out videos whose line in --json and whose other outputs an earlier run finished, with the "
         "same weights and settings, and which have not changed since; failed ones are tried again. What "
         "made an output is said in the line, and of files in FOLDER/.c3d_infer.jsonl")
      ->group("Output");
}

void add_feature_options(CLI::App& app, LabelRequest& a) {
  auto* feature =
      app.add_option("--features", a.network.feature,
                     "layer to write to --features-out: pool5 (in PyTorch's order C D H W), fc6 or fc7 "
                     "(after ReLU), fc8 (logits) or probabilities")
          ->transform(value_of(feature_names()))
          ->type_name("pool5|fc6|fc7|fc8|probabilities")
          ->group("Features");
  auto* out =
      app.add_option("--features-out", a.features_out,
                     "a row for each clip; a folder of such files for several videos, and always for caffe")
          ->type_name("OUT")
          ->needs(feature)
          ->group("Features");
  feature->needs(out);
  app.add_option("--feature-format", a.feature_format,
                 "npy: float32 table, of several --crops [rows, crops, size]; csv: a line a row; caffe: a "
                 "folder for each video with a file for each clip, NUMBER.LAYER as extract_image_features "
                 "writes them [npy]")
      ->transform(value_of<FeatureFormat>(
          {{"npy", FeatureFormat::npy}, {"csv", FeatureFormat::csv}, {"caffe", FeatureFormat::caffe}}))
      ->type_name("npy|csv|caffe")
      ->needs(out)
      ->group("Features");
  app.add_option_function<std::string>(
         "--pool", [&a](const std::string& text) { a.pool = parse_pooling(text); },
         "what is kept of a video's rows: none: all of them; mean; segments:32: means of 32 segments, as in "
         "anomaly detection, cut where the Python of its users cuts them; segments:32:matlab: where the "
         "original "
         "MATLAB does, which rounds halves upwards and not to even [none]")
      ->check(checked_by([](const std::string& text) { parse_pooling(text); }))
      ->type_name("none|mean|segments:N[:matlab]")
      ->needs(out)
      ->group("Features");
  app.add_flag("--l2", a.l2, "scale each row that is written to length 1, after pooling")
      ->needs(out)
      ->group("Features");
}

}  // namespace

void add_options(CLI::App& app, LabelRequest& a) {
  add_network_options(app, a);
  add_clip_options(app, a);
  add_output_options(app, a);
  add_feature_options(app, a);
  add_device_options(app, a.device);
  app.add_option("--batch", a.batch, "clips computed at a time; memory grows with it")
      ->capture_default_str()
      ->check(whole_number_within(1, 4096))
      ->group("Device");
  app.footer(
      "Outputs of several videos keep the folders of these: as below the one folder that is given, else as "
      "in "
      "the paths given.\n"
      "What begins with - is a file after --, and everywhere as ./-NAME.\n"
      "Exit code: 0 if every video was labelled, 1 if any failed, 2 for a wrong command line, 128 + its "
      "number after a signal (130 after Ctrl-C).\n"
      "  c3d_infer --weights best.safetensors holiday.mp4\n"
      "  c3d_infer --weights best.safetensors videos/ --json results.jsonl\n"
      "  c3d_infer --weights c3d.safetensors --profile pvr --features fc6 --features-out fc6/ --window 16 "
      "--step 16 "
      "--list videos.txt --json done.jsonl --resume\n"
      "  c3d_infer --weights best.safetensors long.mkv --window 16 --step 8 --timeline long.png --overlay "
      "long.mp4");
}

void check_arguments(const LabelRequest& a) {
  if (a.resume && !a.writes_files()) {
    throw CLI::RequiredError("--resume goes by what is there: --json FILE or --features-out");
  }
  if (a.feature_format == FeatureFormat::caffe && a.pool.kind != Pooling::Kind::none) {
    throw CLI::ValidationError("--pool", "caffe's format is a file for each clip; pool into npy or csv");
  }
  if (a.clips.crops > 1 && !a.features_out.empty() && a.feature_format != FeatureFormat::npy) {
    throw CLI::ValidationError("--crops",
                               "only npy has an axis for several crops: write that, or take one crop");
  }
  if (a.videos.empty() && a.lists.empty()) throw CLI::RequiredError("a VIDEO or --list");
}

}  // namespace c3d
