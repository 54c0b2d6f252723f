#include "engine/train/checkpoint.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "engine/io/safetensors.h"

namespace c3d {
namespace {

constexpr const char* kFormat = "c3d training state 1";
constexpr std::string_view kAnyFormat = "c3d training state ";
constexpr const char* kOtherPrefix = "run.";
constexpr const char* kValues = "values";

// "conv1.weight [64, 3, 3, 3, 8]\n...": equal for stores whose flat arrays mean the same.
std::string layout_of(const ParameterStore& parameters) {
  std::string layout;
  for (const ParameterSpec& spec : parameters.specs())
    layout += spec.name + " " + to_string(spec.shape) + "\n";
  return layout;
}

// Without a copy where the device's memory is the host's.
void add_from_device(NamedTensors& tensors, const std::string& name, Backend& backend, ConstTensor values) {
  if (values.memory_kind() == MemoryKind::host) {
    tensors.add(NamedTensor{name, values, nullptr});
  } else {
    backend.copy(values, tensors.add(name, values.shape(), values.type()));
  }
}

// The range of each number. Both ends belong to it; NaN does not.
struct Range {
  const char* key;
  double least, most;
};
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMostSteps = 1e15;  // a double counts them one by one
constexpr std::array kRanges{Range{"step", 0, kMostSteps},
                             Range{"seconds", 0, 1e12},
                             Range{"best_top1", -1, 1},
                             Range{"best_clip_accuracy", -1, 1},
                             Range{"best_loss", 0, kInfinity},
                             Range{"best_step", -1, kMostSteps},
                             Range{"evaluated_step", -1, kMostSteps},
                             Range{"evaluations_since_best", 0, kMostSteps}};

template <typename Number>
Number number(const Checkpoint& checkpoint, const std::string& key) {
  const auto& metadata = checkpoint.tensors.metadata();
  const auto entry = metadata.find(key);
  expect(entry != metadata.end(), "the training state does not say `{}`", key);
  const std::string& text = entry->second;
  Number value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  expect(status == std::errc() && end == text.data() + text.size(),
         "the training state says `{}` for `{}`, which is no number", text, key);
  const Range& range =
      *std::ranges::find(kRanges, key, [](const Range& r) { return std::string_view(r.key); });
  const auto wide = static_cast<double>(value);
  expect(wide >= range.least && wide <= range.most, "the training state says {} for `{}`; it is {} to {}",
         text, key, range.least, range.most);
  return value;
}

// Of a key that older versions did not write.
template <typename Number>
Number number_or(const Checkpoint& checkpoint, const std::string& key, Number absent) {
  return checkpoint.tensors.metadata(key) ? number<Number>(checkpoint, key) : absent;
}

// A loss that is no number is that of a run that diverged: no evaluation is worse.
double best_loss(const Checkpoint& checkpoint) {
  const std::string text = checkpoint.tensors.metadata("best_loss").value_or("");
  double value = 0;  // "-nan" is one, too
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_nan = status == std::errc() && end == text.data() + text.size() && std::isnan(value);
  return is_nan ? kInfinity : number<double>(checkpoint, "best_loss");
}

void check_format(const Checkpoint& checkpoint, const std::filesystem::path& path) {
  const std::string format = checkpoint.tensors.metadata("format").value_or("");
  if (format == kFormat) return;
  expect(!format.starts_with(kAnyFormat),
         "{} is a `{}`, written by another version of this program; it reads `{}`", path, format, kFormat);
  fail("{} is no training state of this program", path);
}

// Whether the file has the arrays that this run's optimizer and average need, and no others.
void check_arrays(const Checkpoint& checkpoint, std::span<const StateArray> arrays) {
  const auto is_wanted = [&](const std::string& name) {
    return name == kValues || std::ranges::find(arrays, name, &StateArray::name) != arrays.end();
  };
  for (const NamedTensor& tensor : checkpoint.tensors.all()) {
    expect(
        is_wanted(tensor.name),
        "the training state has {}, of which this run knows nothing; resume with the settings it was started "
        "with",
        tensor.name);
  }
  for (const StateArray& array : arrays) {
    expect(checkpoint.tensors.find(array.name) != nullptr,
           "the training state has no {}, which this run needs; resume with the settings it was started with",
           array.name);
  }
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, Backend& backend, const ParameterStore& parameters,
                     std::span<const StateArray> arrays, const TrainState& state,
                     const std::map<std::string, std::string>& other) {
  NamedTensors tensors;
  backend.synchronize();
  add_from_device(tensors, kValues, backend, parameters.all_values());
  for (const StateArray& array : arrays) add_from_device(tensors, array.name, backend, array.values);
  backend.synchronize();
  auto& metadata = tensors.metadata();
  metadata["format"] = kFormat;
  metadata["layout"] = layout_of(parameters);
  metadata["step"] = std::to_string(state.step);
  metadata["seconds"] = fmt::format("{}", state.seconds);
  metadata["best_top1"] = fmt::format("{}", state.best_top1);
  metadata["best_clip_accuracy"] = fmt::format("{}", state.best_clip_accuracy);
  metadata["best_loss"] = fmt::format("{}", state.best_loss);
  metadata["best_step"] = std::to_string(state.best_step);
  metadata["evaluated_step"] = std::to_string(state.evaluated_step);
  metadata["evaluations_since_best"] = std::to_string(state.evaluations_since_best);
  for (const auto& [key, text] : other) metadata[kOtherPrefix + key] = text;
  write_safetensors(path, tensors);
}

Checkpoint read_checkpoint(const std::filesystem::path& path) try {
  Checkpoint checkpoint;
  checkpoint.tensors = read_safetensors(path);
  check_format(checkpoint, path);
  checkpoint.state.step = number<std::int64_t>(checkpoint, "step");
  checkpoint.state.seconds = number<double>(checkpoint, "seconds");
  checkpoint.state.best_top1 = number<double>(checkpoint, "best_top1");
  checkpoint.state.best_clip_accuracy = number_or<double>(checkpoint, "best_clip_accuracy", -1);
  checkpoint.state.best_loss = best_loss(checkpoint);
  checkpoint.state.best_step = number<std::int64_t>(checkpoint, "best_step");
  checkpoint.state.evaluated_step = number<std::int64_t>(checkpoint, "evaluated_step");
  checkpoint.state.evaluations_since_best = number_or<std::int64_t>(checkpoint, "evaluations_since_best", 0);
  const std::string prefix = kOtherPrefix;
  for (const auto& [key, text] : checkpoint.tensors.metadata()) {
    if (key.starts_with(prefix)) checkpoint.other[key.substr(prefix.size())] = text;
  }
  return checkpoint;
} catch (Error& error) {
  error.add_context("while reading the training state " + printable(path.native()));
  throw;
}

void restore_checkpoint(const Checkpoint& checkpoint, Backend& backend, ParameterStore& parameters,
                        std::span<const StateArray> arrays) {
  const std::string layout = checkpoint.tensors.metadata("layout").value_or("");
  expect(
      layout == layout_of(parameters),
      "the training state belongs to a network with other layers or sizes; resume with the settings it was "
      "started with");
  check_arrays(checkpoint, arrays);
  const auto restore = [&](const std::string& name, Tensor to) {
    const ConstTensor from = checkpoint.tensors.at(name).values;
    expect(from.shape() == to.shape() && from.type() == DType::f32,
           "the training state's {}: {} {}, but the network needs f32 {}", name, to_string(from.type()),
           to_string(from.shape()), to_string(to.shape()));
    backend.copy(from, to);
  };
  restore(kValues, parameters.all_values());
  for (const StateArray& array : arrays) restore(array.name, array.values);
  backend.synchronize();
  parameters.values_changed(backend);
}

}  // namespace c3d
