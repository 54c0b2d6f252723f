#include "c3d/inference/recipe.h"

#include <fmt/format.h>

#include <string_view>

#include "engine/core/fingerprint.h"

namespace c3d {
namespace {

std::string mean_cube_of(const Preprocessing& preprocessing) {
  if (!preprocessing.mean_cube) return "none";
  Fingerprint fingerprint;
  const auto& values = *preprocessing.mean_cube;
  fingerprint.add_line(
      std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)));
  return fingerprint.text();
}

std::string clips_of(const ClipSpec& spec) {
  const std::string clip = fmt::format("{} frames at stride {}, ", spec.clip_frames, spec.frame_stride);
  const std::string first = spec.first_frame > 0 ? fmt::format(", the first at {}", spec.first_frame) : "";
  const std::string crops = spec.crops > 1 ? fmt::format(", {} crops", spec.crops) : "";
  return clip +
         (spec.step > 0 ? fmt::format("one every {} frames", spec.step)
                        : fmt::format("{} spread evenly", spec.clips)) +
         first + crops;
}

std::string numbering_name(const ClipSpec& spec, bool constant_rate) {
  if (spec.fps.is_given()) return "fps " + to_string(spec.fps);
  return constant_rate ? "ffmpeg-cfr" : "decode";
}

}  // namespace

Recipe label_recipe(const LabelRequest& a, const Classifier& classifier, Precision precision,
                    const std::string& weights_digest) {
  const ModelInfo& info = classifier.info();
  const ClipSpec spec = clip_spec(a, info);
  return {
      {"weights", weights_digest},
      {"names", to_string(a.network.map)},
      {"pool5", to_string(info.network.pool5)},
      {"frames", description(info.preprocessing, info.network.crop)},
      {"mean cube", mean_cube_of(info.preprocessing)},
      {"precision", to_string(precision)},
      {"clips", clips_of(spec)},
      {"numbering", numbering_name(spec, a.clips.constant_rate)},
  };
}

Recipe with_features(Recipe recipe, const LabelRequest& a) {
  recipe.emplace_back("layer", to_string(a.network.feature));
  recipe.emplace_back("format", to_string(a.feature_format));
  recipe.emplace_back("pooling", to_string(a.pooling()));
  recipe.emplace_back("l2", a.scales_rows() ? "yes" : "no");
  // Named where they are asked for alone, so that what earlier versions made stands.
  if (a.network.before_relu) recipe.emplace_back("before relu", "yes");
  if (a.averages_crops) recipe.emplace_back("crops", "their mean");
  if (a.l2_before_pooling) recipe.emplace_back("l2 before pooling", "yes");
  return recipe;
}

Recipe with_explanation(Recipe recipe, const LabelRequest& a) {
  recipe.emplace_back("explained layer", a.explain_layer);
  recipe.emplace_back("explained label",
                      a.explain_class.empty() ? "the likeliest" : "'" + a.explain_class + "'");
  return recipe;
}

Recipe with_labels_shown(Recipe recipe, const LabelRequest& a) {
  recipe.emplace_back("top", fmt::format("{}", a.top));
  return recipe;
}

}  // namespace c3d
