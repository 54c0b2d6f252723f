// c3d_weights: what is in this weights file, the same in another format, whether two are equal, and what fp8 needs of
// them.

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "c3d/weights.h"
#include "engine/core/printable.h"
#include "engine/io/json.h"
#include "model/preprocessing.h"
#include "tools/c3d_weights/calibrate_command.h"
#include "tools/c3d_weights/weights_text.h"
#include "tools/shared/exact_arguments.h"
#include "tools/shared/named_values.h"
#include "tools/shared/option_checks.h"
#include "tools/shared/run_main.h"
#include "tools/shared/tool_mains.h"
#include "weights/name_maps.h"

namespace c3d {
namespace {

struct Arguments {
  std::filesystem::path file, second;
  bool json = false;
  double tolerance = 0;
  std::filesystem::path in, out;
  ConversionOptions conversion;
};

void add_map_option(CLI::App& command, Arguments& a) {
  command.add_option("--map", a.conversion.name_map, "whose names the tensors have")
      ->capture_default_str()
      ->check(one_of(name_map_names()))
      ->type_name("NAMES");
}

CLI::App* add_inspect(CLI::App& app, Arguments& a) {
  CLI::App* inspect = app.add_subcommand("inspect", "names, shapes, ranges and metadata of a file");
  inspect->add_option("FILE", a.file, "weights of any format")->required();
  inspect->add_flag("--json", a.json, "as JSON");
  return inspect;
}

CLI::App* add_convert(CLI::App& app, Arguments& a) {
  CLI::App* convert = app.add_subcommand("convert", "checks a file's weights and writes them with our names");
  convert->add_option("IN", a.in, "weights of any format")->required();
  convert->add_option("OUT", a.out, "the format by its extension: .safetensors, .pth, .pt, .onnx")
      ->required();
  add_map_option(*convert, a);
  convert
      ->add_option("--profile", a.conversion.profile,
                   "how frames are prepared for these weights, kept in OUT; where IN does not say it")
      ->check(one_of(profile_names()))
      ->type_name("NAME");
  add_exact_option(*convert, "--reinit", a.conversion.fresh_layers, "layers that get fresh values: fc8")
      ->type_name("LAYER...");
  convert->add_option("--classes", a.conversion.classes, "of a fresh fc8; without it as many as the file's")
      ->check(whole_number_within(1, 1'000'000));
  convert
      ->add_option("--type", a.conversion.type,
                   "of the values: bf16 takes half the bytes, .safetensors alone")
      ->capture_default_str()
      ->check(one_of({"f32", "bf16"}));
  convert->add_option("--seed", a.conversion.seed, "of fresh values")
      ->capture_default_str()
      ->check(whole_number_within(0, std::numeric_limits<std::uint64_t>::max()));
  return convert;
}

CLI::App* add_export_hub(CLI::App& app, Arguments& a) {
  CLI::App* hub = app.add_subcommand(
      "export-hub", "a folder as the Hugging Face Hub keeps models: weights, config.json and a model card");
  hub->add_option("IN", a.in, "weights of any format")->required();
  hub->add_option("DIR", a.out, "the folder; made where it is not there")->required();
  add_map_option(*hub, a);
  hub->add_option("--profile", a.conversion.profile,
                  "how frames are prepared for these weights; where IN does not say it")
      ->check(one_of(profile_names()))
      ->type_name("NAME");
  return hub;
}

CLI::App* add_verify(CLI::App& app, Arguments& a) {
  CLI::App* verify = app.add_subcommand("verify", "largest difference of each tensor of two files");
  verify->add_option("A", a.file, "weights of any format")->required();
  verify->add_option("B", a.second, "weights of any format")->required();
  verify->add_option("--tolerance", a.tolerance, "largest difference that is none")
      ->capture_default_str()
      ->check(not_negative());
  return verify;
}

int inspect(const Arguments& a) {
  const WeightsSummary weights = inspect_weights(a.file);
  if (a.json) {
    print(dump_json(weights_json(weights), 2) + "\n");
  } else {
    print(weights_table(weights));
  }
  return 0;
}

int verify(const Arguments& a) {
  const std::vector<TensorDifference> all = compare_weights(a.file, a.second);
  double largest = 0;
  std::string lines;
  for (const TensorDifference& d : all) {
    lines += fmt::format("{:16} {:.9g}{}\n", printable(d.name), d.difference,
                         d.reason.empty() ? "" : " (" + d.reason + ")");
    largest = std::max(largest, d.difference);
  }
  const bool is_equal = largest <= a.tolerance;
  print(lines + fmt::format("{}: largest difference {:.9g}, tolerance {:.9g}\n",
                            is_equal ? "equal" : "different", largest, a.tolerance));
  return is_equal ? 0 : 1;
}

}  // namespace
}  // namespace c3d

int c3d::tools::weights_main(int argc, char** argv) {
  CLI::App app("Looks into weights files, converts, calibrates and compares them.", "c3d_weights");
  c3d::Arguments arguments;
  const CLI::App* inspect = c3d::add_inspect(app, arguments);
  const CLI::App* convert = c3d::add_convert(app, arguments);
  const CLI::App* hub = c3d::add_export_hub(app, arguments);
  c3d::add_verify(app, arguments);
  c3d::CalibrateArguments calibration;
  const CLI::App* calibrate = c3d::add_calibrate(app, calibration);
  app.require_subcommand(1);
  app.footer(
      "A file that is called like a command is ./inspect.\n"
      "Exit code: 0 if all is well, 1 if the work failed or verify found a difference, 2 for a wrong command "
      "line.\n"
      "  c3d_weights inspect c3d-pretrained.pth\n"
      "  c3d_weights convert c3d-pretrained.pth c3d.safetensors --profile pvr\n"
      "  c3d_weights convert c3d-pretrained.pth start.safetensors --reinit fc8 --classes 101\n"
      "  c3d_weights export-hub best.safetensors my-model/\n"
      "  c3d_weights calibrate best.safetensors --data videos/\n"
      "  c3d_weights verify c3d-pretrained.pth c3d.safetensors");
  return c3d::run_main(app, argc, argv, [&] {
    if (inspect->parsed()) return c3d::inspect(arguments);
    if (calibrate->parsed()) return c3d::calibrate(calibration);
    if (hub->parsed()) {
      c3d::export_hub_folder(arguments.in, arguments.out, arguments.conversion);
      return 0;
    }
    if (!convert->parsed()) return c3d::verify(arguments);
    c3d::convert_weights(arguments.in, arguments.out, arguments.conversion);
    return 0;
  });
}
