#include "c3d/weights.h"

#include <limits>

#include "c3d/weights/convert.h"
#include "c3d/weights/hub_folder.h"
#include "c3d/weights/tensor_facts.h"
#include "engine/core/argument.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

DType parse_type(const std::string& text) {
  for (const DType type : {DType::f32, DType::bf16}) {
    if (text == to_string(type)) return type;
  }
  fail_argument("weights are written in f32 or bf16, not in `{}`", text);
}

Conversion conversion_of(const std::filesystem::path& in, const ConversionOptions& options) {
  Conversion conversion{.in = in,
                        .out = {},
                        .map = parse_name_map(options.name_map),
                        .reinit = options.fresh_layers,
                        .classes = options.classes,
                        .seed = options.seed,
                        .type = parse_type(options.type)};
  if (!options.profile.empty()) conversion.profile = parse_profile(options.profile);
  return conversion;
}

}  // namespace

WeightsSummary inspect_weights(const std::filesystem::path& file) {
  const NamedTensors tensors = read_foreign_weights(file, Provenance::add);
  return {.tensors = summaries_of(tensors), .metadata = tensors.metadata()};
}

void convert_weights(const std::filesystem::path& in, const std::filesystem::path& out,
                     const ConversionOptions& options) {
  Conversion conversion = conversion_of(in, options);
  conversion.out = out;
  convert(conversion);
}

void export_hub_folder(const std::filesystem::path& in, const std::filesystem::path& folder,
                       const ConversionOptions& options) {
  write_hub_folder(conversion_of(in, options), folder);
}

std::vector<TensorDifference> compare_weights(const std::filesystem::path& a,
                                              const std::filesystem::path& b) {
  return differences(read_weights(a), read_weights(b));
}

}  // namespace c3d
