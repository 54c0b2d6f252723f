// c3d_synth: writes videos whose class is a motion and nothing else, or those of a whole synthetic world;
// `c3d_synth score` says how well a network sees the former.
#include <fmt/format.h>

#include <cstdint>
#include <iostream>
#include <limits>
#include <optional>

#include "c3d/common/output_guard.h"
#include "c3d/common/output_names.h"
#include "data/synth/attributes.h"
#include "data/synth/bitmap.h"
#include "engine/core/printable.h"
#include "engine/core/usable_threads.h"
#include "engine/io/atomic_file.h"
#include "tools/c3d_synth/score.h"
#include "tools/c3d_synth/video_set.h"
#include "tools/c3d_synth/world_set.h"
#include "tools/shared/console_sink.h"
#include "tools/shared/named_values.h"
#include "tools/shared/option_checks.h"
#include "tools/shared/run_main.h"
#include "tools/shared/tool_mains.h"

namespace c3d {
namespace {

struct Arguments {
  VideoSetOptions set;
  std::string look = "train", play = "forward";
  bool world = false;
  std::vector<std::string> classes;
  std::filesystem::path show;
  int width = 0, height = 0;  // 0: as large as the set has them
  std::filesystem::path forward, still, backward, results;
  double seconds = 0;
};

std::vector<std::string> class_names() {
  const auto names = synth::scene_attributes()[0].values;
  return {names.begin(), names.end()};
}

// The world paints no picture as large as the set of motions has them. Throws CLI::ParseError.
void check_world_size(const Arguments& a) {
  for (const auto& [option, pixels] : {std::pair("--width", a.width), std::pair("--height", a.height)}) {
    if (a.world && pixels > synth::kLargestSide) {
      throw CLI::ValidationError(
          option, fmt::format("is '{}', but must be a whole number from 16 to {} with --world", pixels,
                              synth::kLargestSide));
    }
  }
}

void add_world_options(CLI::App& app, Arguments& a) {
  CLI::Option* world = app.add_flag(
      "--world", a.world, "write the world's classes instead: people, things, soft bodies, particles, flows");
  for (const char* name : {"--look", "--play"}) world->excludes(app.get_option(name));
  app.add_option("--class", a.classes, "of the world: only this class; again for more [all]")
      ->allow_extra_args(false)
      ->check(one_of(class_names()))
      ->needs(world);
  app.add_option(
         "--show", a.show,
         "of the world: a picture (PNG) of the first scenes of each class, four frames each; OUT may be "
         "left out")
      ->type_name("PNG")
      ->needs(world);
}

void add_write_options(CLI::App& app, Arguments& a) {
  app.add_option("OUT", a.set.folder, "folder to write; gets one folder per class");
  app.add_option("--per-class", a.set.per_class, "videos of each of the eight classes, or the world's")
      ->capture_default_str()
      ->check(whole_number_within(1, 1'000'000));
  app.add_option("--seed", a.set.seed, "of places, sizes, speeds and colours")
      ->capture_default_str()
      ->check(whole_number_within(0, std::numeric_limits<std::uint64_t>::max()));
  app.add_option("--look", a.look,
                 "train or test: shapes, textures and hues of one never appear in the other")
      ->capture_default_str()
      ->check(one_of({"train", "test"}));
  app.add_option("--play", a.play,
                 "forward; backward: last frame first; still: the middle frame sixteen times")
      ->capture_default_str()
      ->check(one_of({"forward", "backward", "still"}));
  app.add_option("--frames", a.set.frames, "frames of a video, at 25 a second")
      ->capture_default_str()
      ->check(whole_number_within(1, 100'000));
  app.add_option("--width", a.width, "pixels [128; of the world 256, and 2048 at most]")
      ->check(whole_number_within(16, 4096));
  app.add_option("--height", a.height, "pixels [96; of the world 192, and 2048 at most]")
      ->check(whole_number_within(16, 4096));
  a.set.threads = usable_threads();
  app.add_option("--threads", a.set.threads, "videos written at a time [one per core this process may use]")
      ->check(whole_number_within(1, kMostThreads));
  add_world_options(app, a);
  app.footer(
      "The bodies of a video all move left, right, up or down, grow, shrink, or turn left or right. Any "
      "single frame\n"
      "looks alike for all classes, and a video played backwards is one of the opposite class.\n"
      "With --world a class is what the main actor does, among much else that moves; a video's attributes "
      "(actor,\n"
      "speed, direction, camera ...) stand in OUT/attributes.jsonl. Another run adds its videos there.\n"
      "A folder that is called like a command is ./score, or comes after --.\n"
      "  c3d_synth videos/train --per-class 100 --seed 1\n"
      "  c3d_synth videos/test --per-class 20 --seed 2 --look test\n"
      "  c3d_synth videos/world --world --per-class 50\n"
      "  c3d_synth --world --per-class 1 --show world.png");
}

CLI::App* add_score_command(CLI::App& app, Arguments& a) {
  CLI::App* score =
      app.add_subcommand("score", "compares the labels that c3d_infer --json gave with the truth");
  score->add_option("FORWARD", a.forward, "labels of test videos")->required()->check(CLI::ExistingFile);
  score->add_option("STILL", a.still, "labels of the same with --play still")
      ->required()
      ->check(CLI::ExistingFile);
  score->add_option("BACKWARD", a.backward, "labels of the same with --play backward")
      ->required()
      ->check(CLI::ExistingFile);
  score->add_option("--json", a.results, "file to write the numbers to");
  score->add_option("--seconds", a.seconds, "what it all took, for that file")->check(not_negative());
  return score;
}

int write_world(const Arguments& a) {
  WorldSetOptions options{a.set.folder, a.classes, a.set.per_class, a.set.seed, a.set.frames};
  if (a.width > 0) options.width = a.width;
  if (a.height > 0) options.height = a.height;
  options.threads = a.set.threads;
  OutputGuard().add_output(a.show, "--show");
  expect_ending("--show", a.show, {".png"});
  expect_writable(a.show);
  if (!a.show.empty()) show_world(a.show, options);
  if (options.folder.empty()) return 0;
  std::optional<Progress> progress;
  write_world_set(options, [&](std::int64_t done, std::int64_t total) {
    if (!progress) progress.emplace(std::cerr, is_terminal(stderr), "writing", "videos", total);
    progress->update(done);
  });
  if (progress) progress->finish();
  return 0;
}

int write_set(Arguments& a) {
  if (a.world) return write_world(a);
  if (a.width > 0) a.set.width = a.width;
  if (a.height > 0) a.set.height = a.height;
  a.set.look = parse_look(a.look);
  a.set.play = parse_play(a.play);
  Progress progress(std::cerr, is_terminal(stderr), "writing", "videos",
                    std::int64_t{a.set.per_class} * std::ssize(kMotions));
  write_video_set(a.set, [&](std::int64_t done, std::int64_t) { progress.update(done); });
  progress.finish();
  return 0;
}

int score_labels(const Arguments& a) {
  OutputGuard guard;
  for (const std::filesystem::path& labels : {a.forward, a.still, a.backward}) {
    guard.add_input(labels, "the labels");
  }
  guard.add_output(a.results, "--json");
  expect_writable(a.results);
  const DemoScore score = read_demo_score(a.forward, a.still, a.backward);
  if (!a.results.empty()) write_file(a.results, score_json(score, a.seconds));
  std::cout << score_table(score) << std::flush;
  const std::vector<std::string> broken = broken_promises(score);
  for (const std::string& promise : broken) std::cerr << "c3d_synth score: " << printable(promise) << "\n";
  return broken.empty() ? 0 : 1;
}

}  // namespace
}  // namespace c3d

int c3d::tools::synth_main(int argc, char** argv) {
  CLI::App app("Writes videos whose class is a motion, and nothing but the motion.", "c3d_synth");
  c3d::Arguments arguments;
  c3d::add_write_options(app, arguments);
  const CLI::App* score = c3d::add_score_command(app, arguments);
  app.callback([&] {
    if (!score->parsed() && arguments.set.folder.empty() && arguments.show.empty())
      throw CLI::RequiredError("OUT");
    c3d::check_world_size(arguments);
  });
  return c3d::run_main(app, argc, argv, [&] {
    return score->parsed() ? c3d::score_labels(arguments) : c3d::write_set(arguments);
  });
}
