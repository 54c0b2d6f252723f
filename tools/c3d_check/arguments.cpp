#include "tools/c3d_check/arguments.h"

#include "kernels/make_backend.h"
#include "tools/shared/named_values.h"
#include "tools/shared/option_checks.h"
#include "tools/shared/training_flags.h"

namespace c3d {
namespace {

void add_data_options(CLI::App& app, CheckArguments& a) {
  app.add_option("DATA", a.data,
                 "the videos, as c3d_train --data takes them: a folder with a folder per class, splits of "
                 "those (train, val ...), or a list")
      ->required()
      ->type_name("DATA");
  for (const TrainingFlag& flag : data_flags()) add_training_flag(app, flag, a.flags);
  app.add_option("--folds", a.options.folds, "as c3d_train --folds: a cross-validation of so many runs")
      ->type_name("K")
      ->check(whole_number_within(2, kLargestInt));
  app.add_option("--config", a.options.config, "a JSON file of c3d_train's settings")->type_name("FILE");
  add_set_option(app, a.set);
}

void add_network_options(CLI::App& app, CheckArguments& a) {
  auto* weights =
      app.add_option("--weights", a.options.weights,
                     "trained weights, whose network looks for wrong labels; best of a run that did not "
                     "train on these videos")
          ->type_name("FILE")
          ->group("Network");
  app.add_option("--clips", a.options.clips.clips, "clips of each video that the network sees")
      ->capture_default_str()
      ->check(whole_number_within(1, kLargestInt))
      ->needs(weights)
      ->group("Network");
  app.add_option("--device", a.options.network.device.device, "where the network is computed")
      ->capture_default_str()
      ->check(checked_by(check_device_name))
      ->type_name("auto|cpu|reference|cuda[:N]")
      ->needs(weights)
      ->group("Network");
  app.add_option("--precision", a.options.network.device.precision, "f32, bf16; tf32 on GPUs")
      ->capture_default_str()
      ->check(one_of({"f32", "tf32", "bf16"}))
      ->needs(weights)
      ->group("Network");
  app.add_option("--batch", a.options.network.batch, "clips computed at a time; memory grows with it")
      ->capture_default_str()
      ->check(whole_number_within(1, 4096))
      ->needs(weights)
      ->group("Network");
}

}  // namespace

void add_check_options(CLI::App& app, CheckArguments& a) {
  add_data_options(app, a);
  add_network_options(app, a);
  app.add_option("--json", a.json,
                 "all of it as one JSON object; -: to standard output, in place of the text")
      ->type_name("FILE|-")
      ->group("Output");
  app.add_option("--html", a.options.page, "a page with contact sheets, one file that needs no other")
      ->type_name("OUT.html")
      ->group("Output");
  app.footer(
      "Videos are read into c3d_train's cache (--set cache_gb=0: without frames), so that a training after "
      "it "
      "begins at once.\n"
      "Exit code: 0 if training would start, whatever was found; 1 if it would stop, or the check failed; 2 "
      "for a wrong command line, 128 + its number after a signal.\n"
      "  c3d_check videos/ --html check.html\n"
      "  c3d_check trainlist01.txt --val testlist01.txt --root videos/ --json check.json\n"
      "  c3d_check videos/ --weights best.safetensors");
}

CheckOptions check_options(const CheckArguments& a) {
  CheckOptions options = a.options;
  options.settings = {{"data", a.data.native()}};
  options.settings.insert(options.settings.end(), a.flags.begin(), a.flags.end());
  for (const std::string& text : a.set) options.settings.push_back(parse_assignment(text));
  return options;
}

}  // namespace c3d
