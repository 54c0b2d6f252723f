#include "tools/c3d_infer/network_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/core/frame_rate.h"
#include "model/model_ranges.h"
#include "tools/shared/device_options.h"
#include "tools/shared/named_values.h"
#include "tools/shared/option_checks.h"
#include "tools/shared/reading_options.h"

namespace c3d {

std::uint64_t largest_of(const char* key) { return static_cast<std::uint64_t>(model_range(key).most); }

void add_weights_options(CLI::App& app, NetworkRequest& a) {
  app.add_option("--weights", a.weights,
                 "trained weights: c3d_train's .safetensors, or another program's: PyTorch's .pth, Caffe's "
                 ".caffemodel, Chainer's .npz")
      ->required()
      ->type_name("FILE");
  app.add_option_function<std::string>(
         "--map", [&a](const std::string& name) { a.network.map = parse_name_map(name); },
         "whose names the tensors of --weights have")
      ->default_str(to_string(a.network.map))
      ->check(one_of(name_map_names()))
      ->type_name("NAMES");
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
         "or three numbers; .binaryproto, .npy or .npz")
      ->type_name("FILE");
}

void add_clip_options(CLI::App& app, NetworkRequest& a) {
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
      ->check(whole_number_within(1, largest_of("frame_stride")))
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

void add_device_and_batch_options(CLI::App& app, NetworkRequest& a) {
  add_device_options(app, a.device);
  app.add_option("--batch", a.batch, "clips computed at a time; memory grows with it")
      ->capture_default_str()
      ->check(whole_number_within(1, 4096))
      ->group("Device");
  add_readers_option(app, a.readers);
  add_decode_option(app, a.decode);
}

}  // namespace c3d
