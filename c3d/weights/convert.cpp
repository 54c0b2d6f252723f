#include "c3d/weights/convert.h"

#include <algorithm>
#include <memory>

#include "c3d/common/bad_request.h"
#include "c3d/common/output_guard.h"
#include "engine/core/bfloat16.h"
#include "engine/core/error.h"
#include "engine/io/file.h"
#include "kernels/make_backend.h"
#include "model/initialize.h"
#include "model/model_file.h"
#include "model/weight_layout.h"
#include "weights/formats.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

constexpr const char* kHead = "fc8";

bool is_anew(const Conversion& c, const std::string& layer) {
  return std::ranges::find(c.reinit, layer) != c.reinit.end();
}

// The file's tensors with an fc8 of the classes wanted, whose values do not matter.
NamedTensors with_other_head(const NamedTensors& tensors, std::int64_t classes) {
  const std::string weight = std::string(kHead) + ".weight", bias = std::string(kHead) + ".bias";
  const Shape& fc7 = tensors.at("fc7.weight").values.shape();
  expect(fc7.rank() == 2, "fc7.weight has shape {}, which is that of no linear layer", to_string(fc7));
  NamedTensors changed;
  for (const NamedTensor& tensor : tensors.all()) {
    if (tensor.name != weight && tensor.name != bias) changed.add(tensor);
  }
  changed.add(weight, {classes, fc7[0]}, DType::f32);
  changed.add(bias, {classes}, DType::f32);
  changed.metadata() = tensors.metadata();
  for (const char* key : {"classes", "labels", "targets", "thresholds"}) {
    changed.metadata().erase(key);  // they were the old head's
  }
  return changed;
}

void expect_format(const std::filesystem::path& out) {
  std::vector<std::string> known;
  for (const WeightsWriter& writer : weights_writers()) known.emplace_back(writer.extension);
  expect_request(std::ranges::find(known, out.extension().native()) != known.end(),
                 "{}: weights are written as {}; its extension is '{}'", out, fmt::join(known, ", "),
                 out.extension().string());
}

// Rounded to nearest even. In half the bytes.
NamedTensors as_bf16(const NamedTensors& tensors) {
  NamedTensors rounded;
  rounded.metadata() = tensors.metadata();
  for (const NamedTensor& tensor : tensors.all()) {
    const ConstTensor& from = tensor.values;
    const Tensor to = rounded.add(tensor.name, from.shape(), DType::bf16);
    std::transform(from.as<float>(), from.as<float>() + from.count(), to.as<BFloat16>(), to_bfloat16);
  }
  return rounded;
}

}  // namespace

void convert(const Conversion& c) {
  expect_request(c.type == DType::f32 || c.out.extension() == ".safetensors",
                 "{}: weights in {} are written as .safetensors alone", c.out, to_string(c.type));
  expect_request(c.classes == 0 || is_anew(c, kHead), "--classes is for a fresh {0}: give --reinit {0} too",
                 kHead);
  expect_format(c.out);
  OutputGuard guard;
  guard.add_input(c.in, "the weights");
  guard.add_output(c.out, "OUT");
  expect_writable(c.out);
  NamedTensors tensors = read_weights(c.in, c.map, Provenance::add);
  try {
    if (c.classes > 0) tensors = with_other_head(tensors, c.classes);
    expect(tensors.find("fc8.weight") != nullptr,
           "it has no {0}; --reinit {0} --classes N gives it one for N classes", kHead);
    ModelInfo info = model_info(tensors);
    if (is_anew(c, kHead)) info.thresholds.clear();
    // The head's results are no part of them.
    if (std::ranges::any_of(c.reinit, [](const std::string& layer) { return layer != kHead; })) {
      info.activation_ranges.reset();
    }
    if (c.profile) choose_profile(info, *c.profile);
    const std::unique_ptr<Backend> backend = make_backend({.device = "reference"});
    ParameterStore parameters;
    const C3d model(info.network, parameters);
    check_parameters(model, parameters, parameters_of(tensors), c.reinit);
    check_finite(tensors, c.reinit);
    parameters.allocate(*backend, false);
    initialize(model, parameters, *backend, Initialization::kaiming, c.seed);
    import_parameters(model, parameters, *backend, parameters_of(tensors), parameters.all_values(), c.reinit);
    NamedTensors ours = export_parameters(model, parameters, *backend, parameters.all_values());
    if (c.type == DType::bf16) ours = as_bf16(ours);
    // An ONNX model begins behind the mean: its graph has no place for a cube.
    if (c.out.extension() == ".onnx") {
      ours.metadata() = to_metadata(info);
    } else {
      add_model_info(ours, info);
    }
    write_weights(c.out, ours, info.network);
  } catch (Error& error) {
    error.add_context("while converting " + c.in.string());
    throw;
  }
}

}  // namespace c3d
