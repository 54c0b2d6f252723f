// c3d_infer: what do these videos show?

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "tools/c3d_infer/labeller.h"
#include "tools/shared/console_sink.h"
#include "tools/shared/device_options.h"
#include "tools/shared/run_main.h"

namespace c3d {
namespace {

struct Arguments {
  std::filesystem::path weights;
  std::vector<std::string> videos;
  std::vector<std::filesystem::path> lists;
  std::size_t top = 5, batch = 10;
  int clips = 10, window = 0, step = 0, frame_stride = 0;
  Numbering numbering = Numbering::decode;
  std::string json, pool5, profile;
  std::filesystem::path mean, overlay, timeline, features_out;
  Feature feature = Feature::none;
  BackendSpec device;
};

void add_options(CLI::App& app, Arguments& a) {
  app.add_option(
      "VIDEO", a.videos,
      "videos; folders (all files in and below them that are videos by name, and folders of numbered frames, "
      "000001.jpg ..., each a video); - for one video from standard input");
  app.add_option("--weights", a.weights, "trained weights, .safetensors as c3d_train writes them")
      ->required()
      ->type_name("FILE");
  app.add_option("--list", a.lists,
                 "file with a path a line, of videos or folders, after those named as VIDEO")
      ->type_name("FILE")
      ->allow_extra_args(false);  // what follows the file is a VIDEO
  app.add_option("--top", a.top, "how many labels to give for each video")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--pool5", a.pool5,
                 "padding of the last pooling: pytorch or caffe; without it as the weights say, else pytorch")
      ->check(CLI::IsMember({"pytorch", "caffe"}))
      ->type_name("RULE");
  app.add_option("--profile", a.profile,
                 "how frames are prepared, where the weights do not say it: " +
                     fmt::format("{}", fmt::join(profile_names(), ", ")))
      ->check(CLI::IsMember(profile_names()))
      ->type_name("NAME");
  app.add_option(
         "--mean", a.mean,
         "mean file in place of the profile's mean: a cube [3,16,128,171] in the network's colour order, "
         "or three numbers, .npy")
      ->type_name("FILE");

  auto* clips = app.add_option("--clips", a.clips, "clips a video, spread evenly; its score is their mean")
                    ->capture_default_str()
                    ->check(CLI::PositiveNumber)
                    ->group("Clips");
  auto* window =
      app.add_option("--window", a.window,
                     "instead of --clips: a window of so many frames slides over the video; it must be the "
                     "clip length of the weights (16), taken at their frame stride")
          ->check(CLI::PositiveNumber)
          ->excludes(clips)
          ->group("Clips");
  app.add_option("--step", a.step, "frames from one window's start to the next [half of --window]")
      ->check(CLI::PositiveNumber)
      ->needs(window)
      ->group("Clips");

  app.add_option("--frame-stride", a.frame_stride,
                 "frames from one of a clip to its next [as the weights were trained, else 1]")
      ->check(CLI::PositiveNumber)
      ->group("Clips");
  const std::map<std::string, Numbering> numberings{{"decode", Numbering::decode},
                                                    {"ffmpeg-cfr", Numbering::ffmpeg_cfr}};
  app.add_option(
         "--numbering", a.numbering,
         "decode: frames as they decode; ffmpeg-cfr: as `ffmpeg -i VIDEO %06d.jpg` writes them, which "
         "doubles or drops some [decode]")
      ->transform(CLI::CheckedTransformer(numberings).description(""))
      ->type_name("RULE")
      ->group("Clips");

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
  const std::map<std::string, Feature> features{{"pool5", Feature::pool5},
                                                {"fc6", Feature::fc6},
                                                {"fc7", Feature::fc7},
                                                {"fc8", Feature::fc8},
                                                {"probabilities", Feature::probabilities}};
  auto* feature =
      app.add_option("--features", a.feature,
                     "layer to write to --features-out: pool5 (in PyTorch's order C D H W), fc6 or fc7 "
                     "(after ReLU), fc8 (logits) or probabilities")
          ->transform(CLI::CheckedTransformer(features).description(""))
          ->type_name("LAYER")
          ->group("Output");
  auto* out = app.add_option("--features-out", a.features_out,
                             "float32 table with a row for each clip; a folder of them for several videos")
                  ->type_name("OUT.npy")
                  ->needs(feature)
                  ->group("Output");
  feature->needs(out);

  add_device_options(app, a.device);
  app.add_option("--batch", a.batch, "clips computed at a time; memory grows with it")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096))
      ->group("Device");
  app.footer(
      "Exit code: 0 if every video was labelled, 1 if any failed, 2 for a wrong command line.\n"
      "  c3d_infer --weights best.safetensors holiday.mp4\n"
      "  c3d_infer --weights best.safetensors videos/ --json results.jsonl\n"
      "  c3d_infer --weights best.safetensors long.mkv --window 16 --step 8 --timeline long.png --overlay "
      "long.mp4");
}

CutRule cut_rule(const Arguments& a, const ModelInfo& info) {
  const Preprocessing& p = info.preprocessing;
  CutRule rule;
  rule.clip_frames = static_cast<int>(info.network.clip_frames);
  rule.frame_stride = a.frame_stride > 0 ? a.frame_stride : p.frame_stride;
  const bool stretch = p.resize == ResizeRule::stretch;
  rule.size = {stretch ? p.resize_width : 0, p.resize_height};
  if (!stretch) rule.crop = static_cast<int>(info.network.crop);
  rule.numbering = a.numbering;
  rule.clips = a.clips;
  if (a.window > 0) {
    expect(a.window == rule.clip_frames,
           "--window {}: these weights see clips of {} frames, so it can only be {}", a.window,
           rule.clip_frames, rule.clip_frames);
    rule.step = a.step > 0 ? a.step : std::max(1, a.window / 2);
  }
  return rule;
}

// Where each line goes as videos are done.
class Lines {
 public:
  Lines(const Arguments& a, const std::vector<std::string>& names, std::size_t videos)
      : names_(names),
        people_(a.json == "-" ? std::cerr : std::cout),
        json_to_output_(a.json == "-"),
        progress_(std::cerr, is_terminal(stderr), "labelling", "videos", static_cast<std::int64_t>(videos)) {
    if (!a.json.empty() && !json_to_output_) json_file_.emplace(a.json);
  }

  void add(const VideoResult& result) {
    progress_.clear();
    people_ << text_line(result, names_) << std::endl;
    const std::string line = json_line(result, names_) + "\n";
    if (json_to_output_) std::cout << line << std::flush;
    if (json_file_) json_file_->write(line);
    ++(result.ok() ? done_ : failed_);
    if (is_terminal(stderr)) progress_.update(done_ + failed_);
  }

  void finish() {
    progress_.clear();
    if (json_file_) json_file_->commit();
    expect(std::cout.good(), "standard output cannot be written");
  }
  std::int64_t done() const { return done_; }
  std::int64_t failed() const { return failed_; }

 private:
  const std::vector<std::string>& names_;
  std::ostream& people_;
  bool json_to_output_;
  std::optional<AtomicFile> json_file_;
  Progress progress_;
  std::int64_t done_ = 0, failed_ = 0;
};

int infer(const Arguments& a) {
  std::string why;
  const std::unique_ptr<Backend> backend = make_backend(a.device, &why);
  ClassifierOptions wanted{.mean = a.mean, .feature = a.feature};
  if (!a.pool5.empty()) wanted.pool5 = parse_pool5_rule(a.pool5);
  if (!a.profile.empty()) wanted.profile = parse_profile(a.profile);
  Classifier classifier(*backend, a.weights, wanted);
  std::cerr << backend->description() << (why.empty() ? "" : " (" + why + ")") << "\n"
            << classifier.description() << std::endl;

  const Inputs inputs = find_inputs(a.videos, a.lists);
  expect(!inputs.videos.empty(), "the lists name no video");
  LabelOptions options;
  options.top = a.top;
  options.batch = a.batch;
  options.cut = cut_rule(a, classifier.info());
  if (!a.overlay.empty()) options.overlays = output_paths(inputs, a.overlay, ".mp4");
  if (!a.timeline.empty()) options.timelines = output_paths(inputs, a.timeline, ".png");
  if (!a.features_out.empty()) options.features = output_paths(inputs, a.features_out, ".npy");

  const double start = steady_seconds();
  Lines lines(a, classifier.info().labels, inputs.videos.size());
  Labeller labeller(classifier, inputs.videos, options,
                    [&](const VideoResult& result) { lines.add(result); });
  labeller.run();
  lines.finish();
  const double seconds = steady_seconds() - start;
  std::cerr << fmt::format("{} labelled, {} failed, {} clips in {} ({:.3g} clips/s)\n", lines.done(),
                           lines.failed(), labeller.clips(), duration_text(seconds),
                           static_cast<double>(labeller.clips()) / seconds);
  return lines.failed() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace c3d

int main(int argc, char** argv) {
  CLI::App app(
      "Labels videos with a trained C3D: the likeliest classes of each, and what stands for them in time.",
      "c3d_infer");
  c3d::Arguments arguments;
  c3d::add_options(app, arguments);
  app.callback([&] {
    if (arguments.videos.empty() && arguments.lists.empty()) throw CLI::RequiredError("a VIDEO or --list");
  });
  return c3d::run_main(app, argc, argv, [&] { return c3d::infer(arguments); });
}
