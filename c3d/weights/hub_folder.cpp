#include "c3d/weights/hub_folder.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>

#include "c3d/common/output_guard.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/json.h"
#include "model/model_file.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

constexpr std::size_t kMostListed = 20;  // labels in the card
// By which the files of an earlier export are known.
constexpr std::string_view kOfConfig = "\"model_type\": \"c3d\"", kOfCard = "library_name: c3d\n";

// The Hub's words for what training keeps of its last evaluation.
struct CardMetric {
  const char *key, *type, *name;
};
constexpr CardMetric kMetrics[] = {
    {"validation_top1", "accuracy", "Accuracy over validation videos"},
    {"validation_clip_accuracy", "accuracy", "Accuracy over validation clips"},
    {"validation_clip_loss", "loss", "Cross-entropy of validation clips"},
    {"validation_mean_average_precision", "mean_average_precision", "Mean average precision"}};

nlohmann::ordered_json config_of(const ModelInfo& info, const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json names = nlohmann::ordered_json::object(), numbers = names, preprocessing = names;
  for (std::size_t i = 0; i < info.labels.size(); ++i) {
    names[std::to_string(i)] = info.labels[i];
    numbers[info.labels[i]] = i;
  }
  for (const char* key :
       {"profile", "resize", "resize_width", "resize_height", "crop", "crop_top", "crop_left", "clip_frames",
        "frame_stride", "fps", "colour_order", "mean", "scale"}) {
    const auto entry = metadata.find(key);
    if (entry == metadata.end()) continue;
    const nlohmann::ordered_json value = try_parse_ordered_json(entry->second);
    preprocessing[key] =
        value.is_number() || value.is_array() ? value : nlohmann::ordered_json(entry->second);
  }
  nlohmann::ordered_json config{
      {"model_type", "c3d"},
      {"architectures", {"C3D"}},
      {"problem_type", info.has_label_sets ? "multi_label_classification" : "single_label_classification"},
      {"num_labels", info.network.classes},
      {"width", info.network.width},
      {"dropout", info.network.dropout},
      {"pool5", to_string(info.network.pool5)},
      {"id2label", std::move(names)},
      {"label2id", std::move(numbers)},
      {"preprocessing", std::move(preprocessing)}};
  if (info.has_label_sets) config["thresholds"] = thresholds_of(info);
  return config;
}

std::string metrics_of(const std::map<std::string, std::string>& metadata) {
  std::string text;
  for (const CardMetric& metric : kMetrics) {
    const auto found = metadata.find(metric.key);
    if (found == metadata.end()) continue;
    text += fmt::format("    - type: {}\n      name: {}\n      value: {}\n", metric.type, metric.name,
                        found->second);
  }
  return text;
}

std::string quoted(const std::string& text) { return dump_json(nlohmann::json(text)); }

std::string card_of(const ModelInfo& info, const std::map<std::string, std::string>& metadata,
                    const std::string& name) {
  std::string card = "---\nlibrary_name: c3d\npipeline_tag: video-classification\ntags:\n- c3d\n- video\n";
  const std::string metrics = metrics_of(metadata);
  if (!metrics.empty()) {
    card += fmt::format(
        "model-index:\n- name: {}\n  results:\n  - task:\n      type: video-classification\n    dataset:\n"
        "      name: validation videos of the run\n      type: videos\n    metrics:\n{}",
        quoted(name), metrics);
  }
  card += fmt::format(
      "---\n# {}\n\nA C3D (Tran et al. 2015) of width {} that reads {} frames of {} x {} pixels and {} "
      "{}.\n\n",
      name, info.network.width, info.network.clip_frames, info.network.crop, info.network.crop,
      info.has_label_sets ? "says of each label whether it is there, of" : "tells one of",
      fmt::format("{} labels", info.labels.size()));
  for (std::size_t i = 0; i < std::min(info.labels.size(), kMostListed); ++i) {
    card += fmt::format("- {}\n", info.labels[i]);
  }
  if (info.labels.size() > kMostListed)
    card += fmt::format("- and {} more\n", info.labels.size() - kMostListed);
  card += fmt::format("\nFrames: {}.\n\n", description(info.preprocessing, info.network.crop));
  for (const auto& [key, value] : info.other) card += fmt::format("- {}: {}\n", key, value);
  card +=
      "\n```python\nimport c3d\nprint(c3d.load(\"FOLDER\").predict(\"video.mp4\"))\n```\n\n"
      "`model.safetensors` has PyTorch's names, order and shapes; `safetensors.torch.load_file` opens it.\n";
  return card;
}

// A README.md or config.json that somebody else wrote is not lost.
void expect_ours(const std::filesystem::path& path, std::string_view sign) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  expect(!file || text.view().find(sign) != std::string_view::npos,
         "{}: this file is there, and no export of weights wrote it: name a folder of its own", path);
}

}  // namespace

void write_hub_folder(const Conversion& conversion, const std::filesystem::path& folder) {
  const std::filesystem::path config = folder / "config.json", card = folder / "README.md";
  OutputGuard guard;
  guard.add_input(conversion.in, "the weights");
  guard.add_output(config, "config.json");
  guard.add_output(card, "README.md");
  expect_ours(config, kOfConfig);
  expect_ours(card, kOfCard);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  expect(!error, "{}: this folder cannot be made: {}", folder, error.message());
  Conversion into = conversion;
  into.out = folder / kHubWeights;
  convert(into);
  const NamedTensors tensors = read_weights(into.out);
  const ModelInfo info = model_info(tensors);
  write_file(config, dump_json(config_of(info, tensors.metadata()), 2) + "\n");
  const std::filesystem::path name = std::filesystem::absolute(folder).lexically_normal();
  write_file(card, card_of(info, tensors.metadata(),
                           (name.has_filename() ? name : name.parent_path()).filename().string()));
}

}  // namespace c3d
