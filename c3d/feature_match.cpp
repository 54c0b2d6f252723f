#include "c3d/feature_match.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "c3d/inference/file_digest.h"
#include "c3d/inference/loaded_network.h"
#include "c3d/match/recipe_search.h"
#include "engine/core/error.h"
#include "engine/io/json.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

// The same recipe computed by PyTorch and OpenCV differs by 1e-6 (tests/parity/feature_match.py); means that
// are a quarter of a level apart by 1e-3. In between lie other decoders and frames that were kept as JPEG.
constexpr double kFoundCosine = 0.9999, kFoundDifference = 0.02, kExactDifference = 1e-4;
// To fewer numbers than these another recipe comes as near by chance: only those that rounding alone changes
// are found.
constexpr std::size_t kFewNumbers = 1000;
constexpr std::size_t kShown = 3;

// The ways to count a video's frames that are tried; of those that give the same frames the first one.
struct TriedNumberings {
  std::vector<Numbering> numberings;
  NumberedFrames frames;                                  // of each
  std::vector<std::pair<std::string, std::size_t>> also;  // other names of them
};

TriedNumberings tried_numberings(const MatchFrames& frames) {
  std::vector<Numbering> all = {Numbering::kDecode, Numbering::kFfmpegCfr};
  for (const char* rate : {"25", "30", "24", "15", "10", "16", "20", "12", "8", "5"}) {
    all.push_back(Numbering::at(parse_frame_rate(rate)));
  }
  TriedNumberings tried;
  for (const Numbering& numbering : all) {
    std::vector<std::int64_t> places = frames.places(numbering);
    if (places.empty()) continue;
    const auto known = std::ranges::find(tried.frames, places);
    if (known != tried.frames.end()) {
      tried.also.emplace_back(text_of(numbering), known - tried.frames.begin());
      continue;
    }
    tried.numberings.push_back(numbering);
    tried.frames.push_back(std::move(places));
  }
  return tried;
}

RecipeMatch described(const MatchAxes& axes, const ScoredChoice& one, const Choice& best) {
  RecipeMatch match{.cosine = one.cosine, .difference = one.difference};
  for (std::uint8_t axis = 0; axis < kAxes; ++axis) {
    const auto which = static_cast<RecipeAxis>(axis);
    match.choices.emplace_back(name_of(which), axes.text(which, one.choice));
    if (one.choice.at(axis) != best.at(axis)) match.differs.emplace_back(name_of(which));
  }
  return match;
}

// Axes of which another value gives the published numbers as well as the best choice does.
std::vector<OpenAxis> undecided_of(const MatchAxes& axes, const std::vector<ScoredChoice>& beam,
                                   const TriedNumberings& tried) {
  const ScoredChoice& best = beam[0];
  std::vector<std::vector<std::string>> others(kAxes);
  std::vector<bool> alone(kAxes, false);
  for (const ScoredChoice& one : beam) {
    if (one.error() > std::max(kAsGood * best.error(), kRoundingError)) continue;
    int differing = 0;
    for (std::size_t axis = 0; axis < kAxes; ++axis)
      differing += one.choice.at(axis) != best.choice.at(axis) ? 1 : 0;
    for (std::uint8_t axis = 0; axis < kAxes; ++axis) {
      const std::string value = axes.text(static_cast<RecipeAxis>(axis), one.choice);
      if (one.choice.at(axis) == best.choice.at(axis)) continue;
      alone[axis] = alone[axis] || differing == 1;
      if (std::ranges::find(others[axis], value) == others[axis].end()) others[axis].push_back(value);
    }
  }
  for (const auto& [name, place] : tried.also) {
    if (place == MatchAxes::at(best.choice, kNumbering)) {
      others[kNumbering].push_back(name);
      alone[kNumbering] = true;
    }
  }
  std::vector<OpenAxis> undecided;
  for (std::uint8_t axis = 0; axis < kAxes; ++axis) {
    if (others[axis].empty()) continue;
    undecided.push_back({name_of(static_cast<RecipeAxis>(axis)), std::move(others[axis]), !alone[axis]});
  }
  return undecided;
}

std::string text_of(const RecipeMatch& match) {
  std::vector<std::string> parts;
  parts.reserve(match.choices.size());
  for (const auto& [axis, value] : match.choices) parts.push_back(fmt::format("{} {}", axis, value));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string text_of(const std::vector<OpenAxis>& undecided) {
  if (undecided.empty()) return "";
  std::vector<std::string> alone, together;
  for (const OpenAxis& open : undecided) {
    const std::size_t shown = std::min(kShown, open.also.size());
    const std::string more =
        shown < open.also.size() ? fmt::format(" and {} more", open.also.size() - shown) : "";
    (open.only_together ? together : alone)
        .push_back(fmt::format(
            "{} (also {}{})", open.axis,
            fmt::join(open.also.begin(), open.also.begin() + static_cast<std::ptrdiff_t>(shown), " or "),
            more));
  }
  if (!together.empty()) alone.push_back(fmt::format("only together: {}", fmt::join(together, ", ")));
  return fmt::format("; undecided on this video: {}", fmt::join(alone, ", "));
}

// of_first_row: what gives the first row though nothing gives all; "": nothing does.
std::string sentence_of(const FeatureMatch& match, const std::string& of_first_row) {
  if (match.closest.empty()) {
    return fmt::format(
        "none found: no way to count frames that is tried gives {} rows; step, first frame, stride or the "
        "video differ",
        match.rows);
  }
  const RecipeMatch& best = match.closest[0];
  const std::string numbers =
      fmt::format("cosine {:.6f}, difference {:.1e} over {} rows", best.cosine, best.difference, match.rows);
  if (match.found) {
    return fmt::format(
        "found{}: {}; {}{}",
        match.exact ? ""
                    : " but for small differences, as of another decoder, frames kept as JPEG, or a value "
                      "that is not tried and near one of these",
        text_of(best), numbers, text_of(match.undecided));
  }
  if (!of_first_row.empty()) {
    return fmt::format(
        "none found: {} gives the first row and no other; the step between windows, or how frames are "
        "counted, has a "
        "value that is not tried; the closest over all rows is {}; {}",
        of_first_row, text_of(best), numbers);
  }
  std::vector<std::string> differ;
  for (const RecipeMatch& other : match.closest) {
    for (const std::string& axis : other.differs) {
      if (std::ranges::find(differ, axis) == differ.end()) differ.push_back(axis);
    }
  }
  const std::string why =
      best.cosine >= kFoundCosine && best.difference <= kFoundDifference
          ? "a recipe comes near, as one may by chance to so few numbers"
      : best.cosine >= kFoundCosine ? "the direction of the rows is right and their length is not"
      : differ.empty()              ? "a choice that is not tried differs, or weights or video"
                                    : fmt::format(
                             "the closest differ among themselves in {}: one of these has a value that is "
                                          "not tried, or weights or video differ",
                             fmt::join(differ, ", "));
  return fmt::format("none found: {}; the closest is {}; {}", why, text_of(best), numbers);
}

// Weights that do not say it are taken for Sports-1M's, as nearly all published ones are.
NetworkOptions network_options(const std::filesystem::path& weights, const MatchOptions& options) {
  NetworkOptions network{.name_map = options.name_map};
  network.device = options.device;
  network.device.precision = "f32";
  const ModelInfo info = model_info(read_weights(weights, parse_name_map(options.name_map)));
  if (!info.preprocessing_known) network.profile = to_string(Profile::caffe_sports1m);
  return network;
}

}  // namespace

FeatureMatch match_features(const std::filesystem::path& published, const std::filesystem::path& video,
                            const std::filesystem::path& weights, const MatchOptions& options) {
  const auto say = [&](const std::string& what) {
    if (options.progress) options.progress(what);
  };
  expect(options.batch >= 1 && options.batch <= kMostMatchBatch, "a batch of {} clips: it is 1 to {}",
         options.batch, kMostMatchBatch);
  std::vector<std::string> ids = {options.id};
  if (options.id.empty()) ids = {video.stem().string(), video.filename().string()};
  const PublishedFeatures features = read_published(published, ids);
  FileDigest digest(weights_file(weights));
  LoadedNetwork network(weights, network_options(weights, options), Feature::none);
  const ModelInfo& info = network.classifier().info();
  MatchAxes axes = match_axes(
      info, network.classifier().model(), options.mean,
      {.rows = features.rows,
       .crops = features.crops,
       .size = features.size,
       .has_negatives = std::ranges::any_of(features.values, [](float value) { return value < 0; })});
  say("decoding the video");
  const MatchFrames frames(video, axes.frames);
  const TriedNumberings tried = tried_numberings(frames);
  axes.numberings = tried.numberings;
  LayerRows layers(network.classifier(), axes);
  ClipResults clips(axes, frames, tried.frames, info.network, layers, options.batch);
  RecipeSearch search(axes, features, clips, [&](std::int64_t recipes, double cosine) {
    say(fmt::format("{} recipes tried, cosine {:.5f}", recipes, cosine));
  });
  const std::vector<ScoredChoice> beam = search.run();

  FeatureMatch match{.rows = features.rows, .recipes = search.tried()};
  if (!beam.empty()) {
    const ScoredChoice& best = beam[0];
    const bool is_near = best.cosine >= kFoundCosine && best.difference <= kFoundDifference;
    match.exact = best.cosine >= kFoundCosine && best.difference <= kExactDifference;
    match.found = match.exact || (is_near && features.values.size() >= kFewNumbers);
    for (std::size_t i = 0; i < std::min(kShown, beam.size()); ++i) {
      match.closest.push_back(described(axes, beam[i], best.choice));
    }
    match.undecided = undecided_of(axes, beam, tried);
    nlohmann::ordered_json recipe = to_json(recipe_of(axes, best.choice, digest.digits()));
    recipe["found"] = match.found;
    recipe["exact"] = match.exact;
    recipe["cosine"] = best.cosine;
    match.recipe = dump_json(recipe, 2) + "\n";
  }
  std::string of_first_row;
  if (search.of_first_row()) {
    of_first_row = text_of(described(axes, *search.of_first_row(), search.of_first_row()->choice));
  }
  match.sentence = sentence_of(match, of_first_row);
  return match;
}

}  // namespace c3d
