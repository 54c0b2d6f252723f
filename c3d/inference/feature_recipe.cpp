#include "c3d/inference/feature_recipe.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "c3d/common/mean_file.h"
#include "c3d/inference/h5_read.h"
#include "c3d/inference/output_records.h"
#include "engine/core/error.h"
#include "engine/core/nearest.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"
#include "engine/io/whole_file.h"
#include "model/model_ranges.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char *kFormat = "c3d_infer recipe 1", *kOwnCube = "weights";
constexpr std::string_view kH5Signature("\x89HDF\r\n\x1a\n");
constexpr L2Rule kL2Rules[] = {L2Rule::none, L2Rule::rows, L2Rule::pooled, L2Rule::both};

// A value of the recipe; each is taken by the type that it must have.
class Fields {
 public:
  explicit Fields(const ordered_json& json) : json_(json) {}

  std::string text(const char* key) const {
    const ordered_json& value = at(key);
    expect(value.is_string(), "'{}' says {:.60}, which is no text", key, dump_json(value));
    return value.get<std::string>();
  }
  std::string word(const char* key, const std::vector<std::string>& words) const {
    std::string said = text(key);
    if (std::ranges::find(words, said) != words.end()) return said;
    fail("'{}' says '{:.60}', which there is not; the nearest is '{}'", key, said, nearest(said, words));
  }
  bool flag(const char* key) const {
    const ordered_json& value = at(key);
    expect(value.is_boolean(), "'{}' says {:.60}; it is true or false", key, dump_json(value));
    return value.get<bool>();
  }
  double number(const char* key, double least, double most) const {
    return number(key, at(key), least, most);
  }
  int whole(const char* key, double least, double most) const {
    expect(at(key).is_number_integer(), "'{}' says {:.60}, which is no whole number", key,
           dump_json(at(key)));
    return static_cast<int>(number(key, least, most));
  }
  int whole(const char* key) const { return whole(key, model_range(key).least, model_range(key).most); }
  std::array<float, 3> mean() const {
    const ordered_json& values = at("mean");
    expect(values.is_array() && values.size() == 3, "'mean' is three numbers, one of each colour");
    std::array<float, 3> mean{};
    const NumberRange& range = model_range("mean");
    for (std::size_t i = 0; i < 3; ++i) {
      mean.at(i) = static_cast<float>(number("mean", values[i], range.least, range.most));
    }
    return mean;
  }
  bool has(const char* key) const { return json_.contains(key); }

 private:
  const ordered_json& at(const char* key) const {
    const auto found = json_.find(key);
    expect(found != json_.end(), "it says no '{}'", key);
    return *found;
  }
  static double number(const char* key, const ordered_json& value, double least, double most) {
    expect(value.is_number(), "'{}' says {:.60}, which is no number", key, dump_json(value));
    const auto number = value.get<double>();
    expect(number >= least && number <= most, "'{}' says {}; it is {} to {}", key, number, least, most);
    return number;
  }
  const ordered_json& json_;
};

template <typename Value>
Value named(const Fields& fields, const char* key, const std::vector<std::pair<std::string, Value>>& names) {
  std::vector<std::string> words;
  words.reserve(names.size());
  for (const auto& [name, value] : names) words.push_back(name);
  const std::string said = fields.word(key, words);
  return std::ranges::find(names, said, &std::pair<std::string, Value>::first)->second;
}

FeatureRecipe parse(const ordered_json& json) {
  expect(json.is_object() && json.value("format", ordered_json()) == kFormat,
         "it is no recipe of features, and no features that say how they were made: c3d_infer match "
         "--recipe-out writes a recipe, and what c3d_infer writes to --features-out has one, in a hidden "
         "file of its folder (.c3d_infer.jsonl) or beside it (.NAME.c3d_infer.jsonl), which goes along "
         "when it is copied");
  const Fields fields(json);
  FeatureRecipe recipe;
  recipe.weights = fields.text("weights_sha256");
  Preprocessing& frames = recipe.frames;
  frames.resize = parse_resize_rule(fields.word("resize", {"stretch", "short_side"}));
  frames.resize_width = fields.whole("resize_width");
  frames.resize_height = fields.whole("resize_height");
  frames.crop_top = fields.whole("crop_top");
  frames.crop_left = fields.whole("crop_left");
  frames.colour_order =
      named<ColourOrder>(fields, "colour_order", {{"rgb", ColourOrder::rgb}, {"bgr", ColourOrder::bgr}});
  frames.mean = fields.mean();
  if (fields.has("mean_cube")) recipe.mean_cube = name_of_json(fields.text("mean_cube"));
  frames.scale =
      static_cast<float>(fields.number("scale", model_range("scale").least, model_range("scale").most));
  expect(frames.scale != 0, "'scale' says 0, which makes every frame black");
  recipe.pool5 = parse_pool5_rule(fields.word("pool5", {"pytorch", "caffe"}));
  const std::string numbering = fields.text("numbering");
  recipe.constant_rate = numbering == "ffmpeg-cfr";
  if (numbering.starts_with("fps ")) {
    recipe.fps = parse_frame_rate(numbering.substr(4));
  } else {
    fields.word("numbering", {"decode", "ffmpeg-cfr", "fps 25"});
  }
  recipe.frame_stride = fields.whole("frame_stride");
  recipe.first_frame = fields.whole("first_frame", 0, 1e9);
  recipe.step = fields.whole("step", 0, 1e9);
  if (recipe.step == 0) recipe.clips = fields.whole("clips", 1, 1e9);
  recipe.crops = fields.whole("crops", 1, 10);
  expect(recipe.crops == 1 || recipe.crops == 3 || recipe.crops == 10, "'crops' says {}; it is 1, 3 or 10",
         recipe.crops);
  recipe.averages_crops = fields.flag("averages_crops");
  recipe.layer = named<Feature>(fields, "layer", feature_names());
  recipe.before_relu = fields.flag("before_relu");
  expect(!recipe.before_relu || recipe.layer == Feature::fc6 || recipe.layer == Feature::fc7,
         "'before_relu' says true, and only fc6 and fc7 have a ReLU of their own");
  recipe.pooling = parse_pooling(fields.text("pooling"));
  std::vector<std::pair<std::string, L2Rule>> rules;
  for (const L2Rule rule : kL2Rules) rules.emplace_back(to_string(rule), rule);
  recipe.l2 = named<L2Rule>(fields, "l2", rules);
  return recipe;
}

// What the records beside features say of them, or those in a folder that they are below: a file, a folder of
// Caffe's or a file in one, or a whole folder of outputs. Empty: there are none.
std::string recorded_recipe(const fs::path& features) {
  const auto said = [](const fs::path& target, bool is_folder, const fs::path& output) -> std::string {
    if (!has_records(target, is_folder)) return "";
    return OutputRecords(target, is_folder).recipe_file(output);
  };
  std::string text = said(features, false, features);
  for (fs::path folder = features.parent_path(); text.empty() && folder.has_relative_path();
       folder = folder.parent_path()) {
    text = said(folder, true, features);
    if (text.empty() && folder != features.parent_path()) text = said(folder, true, features.parent_path());
  }
  if (text.empty() && fs::is_directory(features) && has_records(features, true)) {
    text = OutputRecords(features, true).recipe_file_of_all();
  }
  return text;
}

}  // namespace

const char* to_string(L2Rule rule) {
  switch (rule) {
    case L2Rule::rows:
      return "rows";
    case L2Rule::pooled:
      return "pooled";
    case L2Rule::both:
      return "both";
    case L2Rule::none:
      break;
  }
  return "none";
}

ordered_json to_json(const FeatureRecipe& recipe) {
  const Preprocessing& frames = recipe.frames;
  ordered_json json;
  json["format"] = kFormat;
  json["weights_sha256"] = recipe.weights;
  json["resize"] = to_string(frames.resize);
  json["resize_width"] = frames.resize_width;
  json["resize_height"] = frames.resize_height;
  json["crop_top"] = frames.crop_top;
  json["crop_left"] = frames.crop_left;
  json["colour_order"] = to_string(frames.colour_order);
  json["mean"] = frames.mean;
  if (!recipe.mean_cube.empty()) json["mean_cube"] = json_name(recipe.mean_cube.native());
  json["scale"] = frames.scale;
  json["pool5"] = to_string(recipe.pool5);
  json["numbering"] = recipe.fps.is_given()  ? "fps " + to_string(recipe.fps)
                      : recipe.constant_rate ? "ffmpeg-cfr"
                                             : "decode";
  json["frame_stride"] = recipe.frame_stride;
  json["first_frame"] = recipe.first_frame;
  json["step"] = recipe.step;
  if (recipe.step == 0) json["clips"] = recipe.clips;
  json["crops"] = recipe.crops;
  json["averages_crops"] = recipe.averages_crops;
  json["layer"] = to_string(recipe.layer);
  json["before_relu"] = recipe.before_relu;
  json["pooling"] = to_string(recipe.pooling);
  json["l2"] = to_string(recipe.l2);
  return json;
}

FeatureRecipe read_feature_recipe(const fs::path& file) {
  try {
    if (const std::string recorded = recorded_recipe(fs::absolute(file)); !recorded.empty()) {
      return parse(try_parse_ordered_json(recorded));
    }
    const WholeFile whole(file);
    const std::string_view text(reinterpret_cast<const char*>(whole.bytes().data()), whole.bytes().size());
    return parse(try_parse_ordered_json(text.starts_with(kH5Signature) ? h5_recipe_file(file) : text));
  } catch (const Error& error) {
    fail("{}: {}", file, Lines{error.message()});
  }
}

FeatureRecipe feature_recipe(const LabelRequest& a, const Classifier& classifier,
                             const std::string& weights_digest) {
  const ModelInfo& info = classifier.info();
  const ClipSpec spec = clip_spec(a, info);
  FeatureRecipe recipe;
  recipe.weights = weights_digest;
  recipe.frames = info.preprocessing;
  if (info.preprocessing.mean_cube) {
    recipe.mean_cube = a.network.mean.empty() ? kOwnCube : fs::absolute(a.network.mean);
  }
  recipe.pool5 = info.network.pool5;
  recipe.fps = spec.fps;
  recipe.constant_rate = a.clips.constant_rate;
  recipe.frame_stride = spec.frame_stride;
  recipe.first_frame = spec.first_frame;
  recipe.step = spec.step;
  recipe.clips = spec.clips;
  recipe.crops = spec.crops;
  recipe.averages_crops = a.averages_crops;
  recipe.layer = a.network.feature;
  recipe.before_relu = a.network.before_relu;
  recipe.pooling = a.pooling();
  recipe.l2 = a.l2_before_pooling ? (a.scales_rows() ? L2Rule::both : L2Rule::rows)
              : a.scales_rows()   ? L2Rule::pooled
                                  : L2Rule::none;
  return recipe;
}

void apply(const FeatureRecipe& recipe, const fs::path& file, const std::string& weights_digest,
           LabelRequest& a) {
  expect(recipe.weights == weights_digest,
         "{}: this recipe is for other weights, of SHA-256 {}; those of {} have {}", file, recipe.weights,
         a.weights, weights_digest);
  Preprocessing frames = recipe.frames;
  if (!recipe.mean_cube.empty()) {
    const ModelInfo info = model_info(read_weights(a.weights, a.network.map));
    if (recipe.mean_cube == kOwnCube) {
      frames.mean_cube = info.preprocessing.mean_cube;
    } else {
      a.network.mean = recipe.mean_cube;
      set_mean(frames, recipe.mean_cube, info.network.clip_frames);
    }
  }
  a.network.preprocessing = frames;
  a.network.pool5 = recipe.pool5;
  a.network.feature = recipe.layer;
  a.network.before_relu = recipe.before_relu;
  a.clips.fps = recipe.fps.is_given() ? to_string(recipe.fps) : "file";
  a.clips.constant_rate = recipe.constant_rate;
  a.clips.frame_stride = recipe.frame_stride;
  a.clips.step = recipe.step;
  a.clips.clips = recipe.clips;
  a.clips.crops = recipe.crops;
  a.first_frame = recipe.first_frame;
  a.averages_crops = recipe.averages_crops;
  a.pool = recipe.pooling;
  a.l2 = recipe.l2 == L2Rule::pooled || recipe.l2 == L2Rule::both;
  a.l2_before_pooling = recipe.l2 == L2Rule::rows || recipe.l2 == L2Rule::both;
}

}  // namespace c3d
