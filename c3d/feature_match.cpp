#include "c3d/feature_match.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "c3d/inference/file_digest.h"
#include "c3d/inference/loaded_network.h"
#include "c3d/match/recipe_search.h"
#include "engine/core/error.h"
#include "engine/io/json.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

// The same recipe computed by PyTorch and OpenCV differs from ours by 1e-5 and less; what a decoder or JPEG
// changes stays within this, and another recipe seldom does.
constexpr double kFoundCosine = 0.9999, kFoundDifference = 0.02;
constexpr double kAlike = 4;  // times the error of the best, or kRounding: the same numbers
constexpr double kRounding = 1e-8;
constexpr std::size_t kShown = 3;

std::vector<Numbering> numberings() {
  std::vector<Numbering> all = {Numbering::kDecode, Numbering::kFfmpegCfr};
  for (const char* rate : {"25", "30", "24", "15", "10", "16", "20", "12", "8", "5"}) {
    all.push_back(Numbering::at(parse_frame_rate(rate)));
  }
  return all;
}

RecipeMatch described(const MatchAxes& axes, const ScoredChoice& one, const Choice& best) {
  RecipeMatch match{.cosine = one.cosine, .difference = one.difference};
  for (std::uint8_t axis = 0; axis < kAxes; ++axis) {
    const auto which = static_cast<Axis>(axis);
    match.choices.emplace_back(name_of(which), axes.text(which, one.choice));
    if (one.choice.at(axis) != best.at(axis)) match.differs.emplace_back(name_of(which));
  }
  return match;
}

std::string text_of(const RecipeMatch& match) {
  std::vector<std::string> parts;
  for (const auto& [axis, value] : match.choices) parts.push_back(axis + " " + value);
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string sentence_of(const FeatureMatch& match) {
  if (match.closest.empty()) {
    return "none found: no way to count frames that is tried gives as many rows as the published file has; "
           "step, first "
           "frame, stride or the video differ";
  }
  const RecipeMatch& best = match.closest[0];
  const std::string numbers =
      fmt::format("cosine {:.6f}, difference {:.1e} over {} rows", best.cosine, best.difference, match.rows);
  if (match.found) {
    const std::string open = match.undecided.empty() ? ""
                                                     : fmt::format("; undecided on this video: {}",
                                                                   fmt::join(match.undecided, ", "));
    return fmt::format("found: {}; {}{}", text_of(best), numbers, open);
  }
  std::vector<std::string> differ;
  for (const RecipeMatch& other : match.closest) {
    for (const std::string& axis : other.differs) {
      if (std::ranges::find(differ, axis) == differ.end()) differ.push_back(axis);
    }
  }
  const std::string why =
      best.cosine >= kFoundCosine ? "the direction of the rows is right and their scale is not"
      : differ.empty()            ? "an axis that is not tried differs, or weights or video"
                                  : fmt::format(
                             "the closest differ among themselves in {}, and what still differs is "
                                        "one of these beyond the values tried, or weights or video",
                             fmt::join(differ, ", "));
  return fmt::format("none found: {}; the closest is {}; {}", why, text_of(best), numbers);
}

}  // namespace

FeatureMatch match_features(const std::filesystem::path& published, const std::filesystem::path& video,
                            const std::filesystem::path& weights, const MatchOptions& options) {
  const auto say = [&](const std::string& what) {
    if (options.progress) options.progress(what);
  };
  std::vector<std::string> ids = {options.id};
  if (options.id.empty()) ids = {video.stem().string(), video.filename().string()};
  const PublishedFeatures features = read_published(published, ids);
  FileDigest digest(weights);
  NetworkOptions network{.name_map = options.name_map};
  network.device = options.device;
  network.device.precision = "f32";
  ModelInfo own = model_info(read_weights(weights, parse_name_map(options.name_map)));
  // Weights that do not say it are taken for Sports-1M's, as nearly all published ones are.
  if (!own.preprocessing_known) network.profile = to_string(Profile::caffe_sports1m);
  LoadedNetwork loaded(weights, network, Feature::none);
  own = loaded.classifier().info();
  const C3d& model = loaded.classifier().model();
  MatchAxes axes = match_axes(own, options.mean, features.rows, features.crops, features.size,
                              model.fits(Pool5Rule::pytorch), model.fits(Pool5Rule::caffe));
  say("decoding the video");
  const MatchFrames frames(video, axes.frames);
  std::vector<std::vector<std::int64_t>> places;
  std::vector<std::string> also;  // numberings that give the same frames as an earlier one
  std::vector<std::size_t> same_as;
  for (const Numbering& numbering : numberings()) {
    std::vector<std::int64_t> one = frames.places(numbering);
    const auto known = std::ranges::find(places, one);
    axes.numberings.push_back(numbering);
    Choice choice{};
    choice[kNumbering] = axes.count(kNumbering) - 1;
    if (!one.empty() && known == places.end()) {
      places.push_back(std::move(one));
      continue;
    }
    if (!one.empty()) {
      also.push_back(axes.text(kNumbering, choice));
      same_as.push_back(static_cast<std::size_t>(known - places.begin()));
    }
    axes.numberings.pop_back();
  }
  LayerRows layers(loaded.classifier(), axes);
  RecipeSearch search({axes, features, frames, places, own.network, options.batch, options.progress}, layers);
  const std::vector<ScoredChoice> beam = search.run();

  FeatureMatch match{.rows = features.rows};
  match.recipes = search.tried();
  if (!beam.empty()) {
    const ScoredChoice& best = beam[0];
    match.found = best.cosine >= kFoundCosine && best.difference <= kFoundDifference;
    for (const ScoredChoice& one : beam) {
      if (match.closest.size() < kShown) match.closest.push_back(described(axes, one, best.choice));
      if (one.error > std::max(kAlike * best.error, kRounding)) continue;
      const RecipeMatch alike = described(axes, one, best.choice);
      for (const std::string& axis : alike.differs) {
        for (const auto& [name, value] : alike.choices) {
          if (name == axis) match.undecided.push_back(fmt::format("{} (also {})", axis, value));
        }
      }
    }
    for (std::size_t i = 0; i < also.size(); ++i) {
      if (static_cast<int>(same_as[i]) == best.choice[kNumbering])
        match.undecided.push_back("numbering (also " + also[i] + ")");
    }
    nlohmann::ordered_json recipe = to_json(recipe_of(axes, best.choice, digest.digits()));
    recipe["found"] = match.found;
    recipe["cosine"] = best.cosine;
    match.recipe = dump_json(recipe, 2) + "\n";
  }
  match.sentence = sentence_of(match);
  return match;
}

}  // namespace c3d
