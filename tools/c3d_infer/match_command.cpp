// c3d_infer match: by which recipe were published features made?

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "c3d/common/output_guard.h"
#include "c3d/common/output_names.h"
#include "c3d/feature_match.h"
#include "engine/io/atomic_file.h"
#include "engine/io/json.h"
#include "tools/c3d_infer/command.h"
#include "tools/shared/console_sink.h"
#include "tools/shared/device_options.h"
#include "tools/shared/option_checks.h"
#include "tools/shared/run_main.h"
#include "weights/name_maps.h"

namespace c3d {
namespace {

struct MatchArguments {
  std::filesystem::path published, video, weights, recipe_out;
  MatchOptions options;
  bool json = false;
};

std::string json_of(const FeatureMatch& match) {
  nlohmann::ordered_json json;
  json["found"] = match.found;
  json["exact"] = match.exact;
  json["sentence"] = match.sentence;
  json["rows"] = match.rows;
  json["recipes_tried"] = match.recipes;
  json["undecided"] = nlohmann::ordered_json::array();
  for (const OpenAxis& open : match.undecided) {
    json["undecided"].push_back(
        {{"axis", open.axis}, {"also", open.also}, {"only_together", open.only_together}});
  }
  json["closest"] = nlohmann::ordered_json::array();
  for (const RecipeMatch& one : match.closest) {
    nlohmann::ordered_json choices = nlohmann::ordered_json::object();
    for (const auto& [axis, value] : one.choices) choices[axis] = value;
    json["closest"].push_back({{"cosine", one.cosine},
                               {"difference", one.difference},
                               {"choices", choices},
                               {"differs", one.differs}});
  }
  if (!match.recipe.empty()) json["recipe"] = parse_ordered_json(match.recipe);
  return dump_json(json) + "\n";
}

int match(MatchArguments& a) {
  if (!a.recipe_out.empty()) {
    OutputGuard guard;
    guard.add_input(a.published, "the published features");
    guard.add_input(a.video, "the video");
    guard.add_input(a.weights, "the weights");
    guard.add_input(a.options.mean, "the mean file");
    guard.add_output(a.recipe_out, "--recipe-out");
    expect_ending("--recipe-out", a.recipe_out, {".json", ".txt"});
    expect_writable(a.recipe_out);
  }
  StatusLine line(std::cerr, is_terminal(stderr));
  a.options.progress = [&](const std::string& what) { line.show("matching: " + what); };
  const FeatureMatch result = match_features(a.published, a.video, a.weights, a.options);
  line.clear();
  print(a.json ? json_of(result) : result.sentence + "\n");
  if (!a.recipe_out.empty() && result.found) write_file(a.recipe_out, result.recipe);
  return result.found ? 0 : 1;
}

}  // namespace

Command add_match(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("match", "finds the recipe by which published features were made of a video");
  const auto a = std::make_shared<MatchArguments>();
  command
      ->add_option(
          "PUBLISHED", a->published,
          "features of one video: .npy, .txt or .csv with a line a row, an HDF5 file, a folder or file of "
          "Caffe's extractor")
      ->required()
      ->type_name("PUBLISHED");
  command->add_option("VIDEO", a->video, "the video that they are of")->required()->type_name("VIDEO");
  command->add_option("--weights", a->weights, "the weights that they are of")->required()->type_name("FILE");
  command->add_option("--mean", a->options.mean, "mean file to try beside the usual means")
      ->type_name("FILE");
  command->add_option("--id", a->options.id, "of the video in an HDF5 file [the video's name]")
      ->type_name("ID");
  command->add_option("--recipe-out", a->recipe_out, "writes the recipe that is found, for --recipe")
      ->type_name("OUT.json");
  command->add_option("--map", a->options.name_map, "whose names the tensors of --weights have")
      ->capture_default_str()
      ->check(one_of(name_map_names()))
      ->type_name("NAMES");
  command->add_option("--batch", a->options.batch, "clips computed at a time; memory grows with it")
      ->capture_default_str()
      ->check(whole_number_within(1, kMostMatchBatch));
  add_device_option(*command, a->options.device.device);
  add_threads_option(*command, a->options.device.threads);
  command->add_flag("--json", a->json, "the answer as one JSON object");
  command->footer(
      "Exit code: 0 if a recipe is found, 1 if none is or a file cannot be read, 2 for a wrong command "
      "line.\n"
      "  c3d_infer match published/v1.npy v1.mp4 --weights c3d.caffemodel --recipe-out recipe.json\n"
      "  c3d_infer --recipe recipe.json --weights c3d.caffemodel videos/ --features-out features/");
  return {command, [a] { return match(*a); }};
}

}  // namespace c3d
