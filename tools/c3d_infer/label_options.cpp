#include "tools/c3d_infer/label_options.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "c3d/common/output_names.h"
#include "c3d/explanation/explanation_files.h"
#include "c3d/explanation/explanation_work.h"
#include "c3d/explanation/grad_cam.h"
#include "engine/core/nearest.h"
#include "tools/c3d_infer/network_options.h"
#include "tools/shared/exact_arguments.h"
#include "tools/shared/named_values.h"
#include "tools/shared/option_checks.h"

namespace c3d {
namespace {

constexpr const char* kNoShard = "none";  // all videos

void add_video_options(CLI::App& app, LabelRequest& a) {
  add_exact_option(
      app, "VIDEO", a.videos,
      "videos; folders (all files in and below them that are videos by name, and folders of numbered frames, "
      "000001.jpg ..., each a video); - for one video from standard input");
  add_weights_options(app, a);
  add_exact_option(app, "--list", a.lists,
                   "file with a path a line, of videos or folders, after those named as VIDEO; a list to "
                   "train by is read without its labels")
      ->type_name("FILE")
      ->allow_extra_args(false);  // what follows the file is a VIDEO
  app.add_option("--top", a.top,
                 "how many labels to give for each video; of label sets all above their thresholds, too")
      ->capture_default_str()
      ->check(whole_number_within(1, largest_of("classes")));
}

void add_output_options(CLI::App& app, LabelRequest& a) {
  app.add_option(
         "--json", a.json,
         "a JSON object a line for each video, in the order given; with --live for each window and event, "
         "behind what the file holds; -: to standard output")
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

void add_shard_options(CLI::App& app, LabelRequest& a) {
  app.add_option_function<std::string>(
         "--shard",
         [&a](const std::string& text) {
           a.is_undivided = text == kNoShard;
           if (!a.is_undivided) a.shard = parse_shard(text);
         },
         "labels a part of the videos, INDEX (from 0) of COUNT, by a hash of their paths: processes on any "
         "machines share a list out without talking. --json part.jsonl becomes part.INDEX-of-COUNT.jsonl, "
         "and "
         "c3d_infer merge part.jsonl puts these together; none: all videos [as a Slurm array, MPI, torchrun "
         "or "
         "srun has started the program, else none]")
      ->check(checked_by([](const std::string& text) {
        if (text != kNoShard) parse_shard(text);
      }))
      ->type_name("INDEX/COUNT|none")
      ->group("Shards");
  app.add_flag_callback(
         "--balance", [&a] { a.division = Division::length; },
         "divides by the lengths that the heads of all videos say, so that each shard has about as many "
         "seconds; all shards must be run so")
      ->group("Shards");
}

void add_feature_options(CLI::App& app, LabelRequest& a) {
  auto* feature =
      app.add_option("--features", a.network.feature,
                     "layer to write to --features-out: pool5 (in PyTorch's order C D H W), fc6 or fc7 "
                     "(after ReLU), fc8 (logits) or probabilities")
          ->transform(value_of(feature_names()))
          ->type_name("pool5|fc6|fc7|fc8|probabilities")
          ->group("Features");
  auto* out = app.add_option("--features-out", a.features_out,
                             "a row for each clip; a folder of such files for several videos, and always for "
                             "caffe; of h5 one file for all of them")
                  ->type_name("OUT")
                  ->group("Features");
  feature->needs(out);
  auto* recipe =
      app.add_option("--recipe", a.recipe,
                     "takes features as a recipe says, in place of the options that it holds: one that "
                     "c3d_infer match found, or a file of features that c3d_infer wrote; it is for the same "
                     "weights")
          ->type_name("FILE")
          ->needs(out)
          ->group("Features");
  for (const char* held : {"--features", "--profile", "--mean", "--pool5", "--clips", "--window", "--step",
                           "--frame-stride", "--crops", "--fps", "--numbering"}) {
    recipe->excludes(app.get_option(held));
  }
  app.add_option(
         "--feature-format", a.feature_format,
         "npy: float32 table, of several --crops [rows, crops, size]; csv: a line a row; caffe: a "
         "folder for each video with a file for each clip, NUMBER.LAYER as extract_image_features "
         "writes them; txt: as anomaly detection reads it, a line of numbers for each of 32 segments, "
         "each of length 1; h5: one HDF5 file with a float32 table for each video [as --features-out "
         "ends, else npy]")
      ->transform(value_of(feature_format_names()))
      ->type_name("npy|csv|caffe|txt|h5")
      ->needs(out)
      ->group("Features");
  auto* layout = app.add_option("--h5-layout", a.h5_layout,
                                "where a video's table stands in an HDF5 file: activitynet: ID/c3d_features; "
                                "tacos: ID [activitynet]");
  layout->transform(value_of(h5_layout_names()))->type_name("activitynet|tacos");
  auto* naming =
      app.add_option("--h5-id", a.h5_naming,
                     "a video's ID in an HDF5 file: stem: its file's name without extension; name: "
                     "with it [stem]");
  naming->transform(value_of(h5_naming_names()))->type_name("stem|name");
  for (CLI::Option* option : {layout, naming}) option->needs(out)->group("Features");
}

void add_pooling_options(CLI::App& app, LabelRequest& a) {
  CLI::Option* out = app.get_option("--features-out");
  app.add_option_function<std::string>(
         "--pool", [&a](const std::string& text) { a.pool = parse_pooling(text); },
         "what is kept of a video's rows: none: all of them; mean; max: of each column; segments:32: means "
         "of 32 segments, as in "
         "anomaly detection, cut where the Python of its users cuts them; segments:32:matlab: where the "
         "original MATLAB does, which rounds halves upwards and not to even [none; of txt segments:32]")
      ->check(checked_by([](const std::string& text) { parse_pooling(text); }))
      ->type_name("none|mean|max|segments:N[:matlab]")
      ->needs(out)
      ->excludes(app.get_option("--recipe"))
      ->group("Features");
  app.add_flag("--l2", a.l2, "scale each row that is written to length 1, after pooling; txt always is")
      ->needs(out)
      ->excludes(app.get_option("--recipe"))
      ->group("Features");
}

void add_explanation_options(CLI::App& app, LabelRequest& a) {
  auto* out =
      app.add_option(
             "--explain", a.explain,
             "where and when the network looks, by Grad-CAM, over the video's frames: .mp4: a copy of "
             "the video (best with --window); .png: eight frames of the window in which the label is "
             "likeliest; .npy: the maps [windows, T, H, W] as they are, of several --crops [windows, "
             "crops, T, H, W]; what the network did not see, borders outside of its crop and frames "
             "between clips, is dimmed; a folder of them for several videos")
          ->type_name("OUT.mp4|OUT.png|OUT.npy|FOLDER")
          ->group("Explanation");
  app.add_option("--explain-layer", a.explain_layer,
                 "whose activations it goes by: conv5b, 2x7x7 places in a clip, conv4b, 4x14x14, or conv3b, "
                 "8x28x28, finer and less sure of the label")
      ->capture_default_str()
      ->check(one_of(explanation_layers()))
      ->type_name("conv5b|conv4b|conv3b")
      ->needs(out)
      ->group("Explanation");
  app.add_option("--explain-class", a.explain_class,
                 "label of the weights that it explains [the likeliest of each video]")
      ->type_name("LABEL")
      ->needs(out)
      ->group("Explanation");
  app.add_option("--explain-format", a.explain_format, "of the files in a folder [mp4]")
      ->transform(value_of(explanation_format_names()))
      ->type_name("mp4|png|npy")
      ->needs(out)
      ->group("Explanation");
}

// A command is the first word, spelled as it is.
void expect_no_command(const std::vector<std::string>& videos, const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string& name = command->get_name();
    for (const std::string& video : videos) {
      std::error_code unknown;
      if (!is_near(video, name) || std::filesystem::exists(video, unknown)) continue;
      throw CLI::ValidationError(
          "VIDEO",
          fmt::format("there is no file {}; did you mean the command {}? It is the first word: {} {} ...",
                      video, name, app.get_name(), name));
    }
  }
}

}  // namespace

void add_label_options(CLI::App& app, LabelRequest& a) {
  add_video_options(app, a);
  add_clip_options(app, a);
  // A live window needs no --window: the clip length of the weights is known.
  app.get_option("--step")->remove_needs(app.get_option("--window"));
  add_output_options(app, a);
  add_shard_options(app, a);
  add_explanation_options(app, a);
  add_feature_options(app, a);
  add_pooling_options(app, a);
  add_device_and_batch_options(app, a);
  app.footer(
      "Outputs of several videos keep the folders of these: as below the one folder that is given, else as "
      "in "
      "the paths given.\n"
      "What begins with - is a file after --, and everywhere as ./-NAME. A command is the first word: a "
      "video "
      "or folder that is called like one is ./evaluate.\n"
      "Exit code: 0 if every video was labelled, 1 if any failed, 2 for a wrong command line, 128 + its "
      "number after a signal (130 after Ctrl-C).\n"
      "  c3d_infer --weights best.safetensors holiday.mp4\n"
      "  c3d_infer --weights best.safetensors videos/ --json results.jsonl\n"
      "  c3d_infer --weights c3d.safetensors --profile pvr --features fc6 --features-out fc6/ --window 16 "
      "--step 16 "
      "--list videos.txt --json done.jsonl --resume\n"
      "  c3d_infer --weights best.safetensors --list videos.txt --json part.jsonl --shard 0/6\n"
      "  c3d_infer merge part.jsonl\n"
      "  c3d_infer --weights best.safetensors long.mkv --window 16 --step 8 --timeline long.png --overlay "
      "long.mp4\n"
      "  c3d_infer --weights best.safetensors long.mkv --window 16 --step 8 --explain heat.mp4\n"
      "  c3d_infer --weights best.safetensors --live rtsp://192.168.1.20/stream --alert fall:0.8 --record "
      "alerts/\n"
      "  c3d_infer evaluate test.txt --weights best.safetensors");
}

void settle_feature_format(LabelRequest& a, const CLI::App& app) {
  std::error_code unknown;
  if (app.count("--feature-format") > 0 || std::filesystem::is_directory(a.features_out, unknown)) return;
  const std::string ending = known_ending(a.features_out);
  if (ending == ".hdf5" || ending == ".hdf") a.feature_format = FeatureFormat::h5;
  for (const auto& [name, format] : feature_format_names()) {
    if (ending == "." + name) a.feature_format = format;
  }
}

void check_label_options(const LabelRequest& a, bool is_live, const CLI::App& app) {
  expect_no_command(a.videos, app);
  if (!a.features_out.empty() && app.count("--features") == 0 && a.recipe.empty()) {
    throw CLI::ValidationError("--features-out", "say which features: give --features or --recipe too");
  }
  if (!is_live && app.count("--step") > 0 && a.window == 0) throw CLI::RequiresError("--step", "--window");
  if (a.resume && !a.writes_files()) {
    throw CLI::ValidationError("--resume",
                               "it goes by what is there: give --json FILE or --features-out too");
  }
  if (a.feature_format == FeatureFormat::caffe && a.pooling().kind != Pooling::Kind::none) {
    throw CLI::ValidationError("--pool", "caffe's format is a file for each clip; pool into npy or csv");
  }
  if (a.feature_format == FeatureFormat::txt && a.pooling().kind != Pooling::Kind::segments) {
    throw CLI::ValidationError("--pool",
                               "a txt file has a line for each segment of a video: segments:N, or csv");
  }
  for (const char* option : {"--h5-layout", "--h5-id"}) {
    if (app.count(option) == 0 || a.feature_format == FeatureFormat::h5) continue;
    throw CLI::ValidationError(option, "is about HDF5 files: give --feature-format h5 too, or leave it out");
  }
  if (a.clips.crops > 1 && !a.features_out.empty() && a.feature_format != FeatureFormat::npy) {
    throw CLI::ValidationError("--crops",
                               "only npy has an axis for several crops: write that, or take one crop");
  }
  if (const auto named = explanation_format(a.explain);
      named && app.count("--explain-format") > 0 && *named != a.explain_format) {
    throw CLI::ValidationError(
        "--explain-format",
        fmt::format("is {}, and --explain {} is named otherwise: leave one of the two out",
                    extension(a.explain_format).substr(1), printable(a.explain.native())));
  }
  if (const std::string wrong = explanation_name_error(a.explain); !wrong.empty()) {
    throw CLI::ValidationError("--explain", wrong);
  }
  if (!is_live && a.videos.empty() && a.lists.empty()) {
    throw CLI::RequiredError("a VIDEO, --list or --live");
  }
}

}  // namespace c3d
