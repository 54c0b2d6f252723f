// c3d_bench: how fast every op of C3D, the whole network, and the reading of videos are on this machine.
#include <algorithm>
#include <fstream>
#include <iostream>

#include "c3d/common/output_guard.h"
#include "c3d/common/output_names.h"
#include "c3d/common/plan_file.h"
#include "engine/io/atomic_file.h"
#include "engine/io/safetensors.h"
#include "tools/c3d_bench/augment_bench.h"
#include "tools/c3d_bench/baseline.h"
#include "tools/c3d_bench/chart.h"
#include "tools/c3d_bench/decode_bench.h"
#include "tools/c3d_bench/net_bench.h"
#include "tools/c3d_bench/op_bench.h"
#include "tools/c3d_bench/outputs.h"
#include "tools/c3d_bench/pipeline_options.h"
#include "tools/c3d_bench/probes.h"
#include "tools/c3d_bench/report.h"
#include "tools/shared/device_options.h"
#include "tools/shared/exact_arguments.h"
#include "tools/shared/named_values.h"
#include "tools/shared/run_main.h"
#include "tools/shared/tool_mains.h"

namespace {

struct Options {
  c3d::BackendSpec backend;
  c3d::BenchedNetwork network;
  c3d::PipelineRequest pipeline;
  int repeats = 7;
  bool cold = false;
  bool ops = false, net = false, inference_only = false, training_only = false;
  std::string decode, augment, json;
  std::filesystem::path weights, clips, outputs;
  std::vector<std::filesystem::path> chart;  // JSON and PNG
};

void check_outputs(const Options& options) {
  c3d::OutputGuard guard;
  guard.add_input(options.weights, "the weights");
  guard.add_input(options.clips, "the clips");
  const bool is_pipeline = !options.pipeline.videos.empty();
  for (const std::string& folder : {is_pipeline ? "" : options.decode, options.augment}) {
    if (folder.empty()) continue;
    for (const std::filesystem::path& video : c3d::videos_to_decode(folder))
      guard.add_input(video, "the video");
  }
  if (is_pipeline) {
    for (const std::filesystem::path& video : c3d::pipeline_videos(options.pipeline.videos))
      guard.add_input(video, "the video");
  }
  if (!options.chart.empty()) {
    guard.add_input(options.chart[0], "the chart's numbers");
    guard.add_output(options.chart[1], "--chart");
  }
  if (c3d::is_plan_file(options.backend.plan)) {
    guard.add_output(options.backend.plan, "--plan");
  }
  if (options.json != "-") guard.add_output(options.json, "--json");
  guard.add_output(options.outputs, "--answers");
  if (options.json != "-") c3d::expect_writable(options.json);
  c3d::expect_writable(options.outputs);
  if (!options.chart.empty()) c3d::expect_writable(options.chart[1]);
  if (!options.chart.empty()) c3d::expect_ending("--chart", options.chart[1], {".png"});
}

// What would otherwise be left out without a word.
void exclude(CLI::App& app, const std::string& option, const std::vector<std::string>& others) {
  for (const std::string& other : others) app.get_option(option)->excludes(app.get_option(other));
}

std::vector<std::string> options_of_network() {
  return {"--ops",     "--net",     "--inference",   "--training", "--width",  "--batch",
          "--cold",    "--weights", "--clips",       "--answers",  "--device", "--precision",
          "--threads", "--isa",     "--convolution", "--plan",     "--memory", "--no-graphs"};
}

void exclude_contradictions(CLI::App& app) {
  for (const char* other_work : {"--augment", "--chart"}) exclude(app, other_work, options_of_network());
  exclude(app, "--chart", {"--decode", "--augment", "--pipeline", "--json", "--repeats"});
  exclude(app, "--pipeline",
          {"--augment", "--ops", "--net", "--inference", "--training", "--clips", "--answers", "--cold"});
  exclude(app, "--answers", {"--ops", "--json", "--cold"});
}

// --decode FOLDER is work of its own; beside --pipeline it says by what that decodes.
void check_decode(const CLI::App& app, Options& options) {
  if (app.count("--decode") == 0) return;
  if (app.count("--pipeline") == 0) {
    for (const std::string& other : options_of_network()) {
      if (app.count(other) > 0) throw CLI::ExcludesError("--decode", other);
    }
    return;
  }
  std::vector<std::string> words;
  for (const auto& [word, value] : c3d::decode_names()) {
    if (word == options.decode) options.pipeline.decode = value;
    words.push_back(word);
  }
  if (std::ranges::find(words, options.decode) == words.end()) {
    throw CLI::ValidationError("--decode", c3d::no_such_word(options.decode, words));
  }
}

void report(const Options& options, const std::string& table, const std::string& json) {
  std::cout << (options.json == "-" ? json : table);
  if (!options.json.empty() && options.json != "-") c3d::write_file(options.json, json);
}

// There are no gradients in 8 bits.
void check_fp8(const Options& options) {
  if (options.backend.precision != c3d::Precision::fp8 || !options.pipeline.videos.empty()) return;
  const bool asks_for_inference = options.inference_only && (options.net || !options.outputs.empty());
  if (!asks_for_inference && (!options.ops || options.training_only)) {
    throw CLI::ValidationError(
        "--precision", "fp8 is for inference: give --ops, --net --inference, or --answers FILE --inference");
  }
}

// Inference and training compute differently on a CPU (kernels/cpu/cpu_backend.h): each has a backend of its
// own.
std::unique_ptr<c3d::Backend> make_backend_for(const Options& options, bool inference,
                                               std::string* why = nullptr) {
  c3d::BackendSpec spec = options.backend;
  spec.bf16_products = spec.inference = inference;
  std::unique_ptr<c3d::Backend> backend = c3d::make_backend(spec, why);
  keep_plan(*backend, spec.plan, std::cerr);
  return backend;
}

c3d::Stopwatch stopwatch_for(const Options& options, c3d::Backend& backend) {
  return options.cold ? c3d::Stopwatch::cold(backend, options.repeats)
                      : c3d::Stopwatch(backend, options.repeats);
}

void bench_net(const Options& options, const c3d::NetInput& input, bool inference,
               c3d::Measurements& measurements) {
  const std::unique_ptr<c3d::Backend> backend = make_backend_for(options, inference);
  measure_net(*backend, stopwatch_for(options, *backend), {.inference = inference, .training = !inference},
              input, measurements);
}

int bench_decoding(const Options& options, const std::string& command) {
  const c3d::DecodeTimes times = c3d::measure_decoding(options.decode, options.repeats);
  report(options, decode_table(times), decode_json(times, command));
  return 0;
}

int bench_augmentation(const Options& options, const std::string& command) {
  const c3d::AugmentTimes times = c3d::measure_augmentation(options.augment, options.repeats);
  report(options, augment_table(times), augment_json(times, command));
  return 0;
}

int bench_pipeline(const Options& options, const std::string& command, bool batch_is_given) {
  c3d::PipelineRequest request = options.pipeline;
  request.device = options.backend;
  request.weights = options.weights;
  request.random_width = options.network.config.width;
  if (batch_is_given) request.batch = static_cast<std::size_t>(options.network.batch);
  std::string why;
  const std::unique_ptr<c3d::Backend> backend = make_backend_for(options, true, &why);
  if (!why.empty()) std::cerr << why << std::endl;
  const c3d::PipelineTimes times = c3d::measure_pipeline(*backend, request, options.repeats);
  report(options, pipeline_table(times), pipeline_json(times, command));
  return 0;
}

int bench(const Options& options, const std::string& command) {
  if (!options.chart.empty()) {
    c3d::draw_chart_of(options.chart[0], options.chart[1]);
    return 0;
  }
  std::string why;
  const std::unique_ptr<c3d::Backend> backend = make_backend_for(options, options.inference_only, &why);
  if (!why.empty()) std::cerr << why << std::endl;
  const c3d::NetInput input = c3d::read_net_input(options.network, options.weights, options.clips);
  if (!options.outputs.empty()) {
    const c3d::OutputChoice choice{.logits = !options.training_only, .gradients = !options.inference_only};
    c3d::write_safetensors(options.outputs, compute_outputs(*backend, choice, input));
    return 0;
  }
  const c3d::Stopwatch stopwatch(*backend, options.repeats);
  const bool both = options.ops == options.net, is_fp8 = backend->precision() == c3d::Precision::fp8;

  c3d::Measurements measurements;
  measurements.device = backend->description();
  measurements.precision = to_string(backend->precision());
  measurements.network = input.network;
  measurements.cold = options.cold;
  // Before the search for ceilings, after which training takes up to 15 % longer than in a run of its own.
  if (both || options.net) {
    std::cerr << "measuring the whole network" << std::endl;
    if (!options.training_only) bench_net(options, input, true, measurements);
    if (!options.inference_only) bench_net(options, input, false, measurements);
  }
  c3d::Ceilings ceilings;
  if (is_fp8) {  // whose products no probe has, and no peer: nothing to compare with
    if (options.ops) {
      measurements.ops = measure_e4m3_ops(*backend, stopwatch_for(options, *backend), input.network);
    }
    report(options, table(measurements, ceilings), to_json(measurements, ceilings, command));
    return 0;
  }
  std::cerr << "measuring what the machine can do at most" << std::endl;
  c3d::Probes probes(*backend, stopwatch, ceilings);
  probes.registers();
  probes.products();
  probes.memory();
  if (both || options.ops) {
    std::cerr << "measuring every op" << std::endl;
    measurements.ops = measure_ops(*backend, stopwatch_for(options, *backend), input.network, probes);
    judge(measurements.ops, ceilings);
  }
  if ((both || options.net) && measurements.device.starts_with("cpu")) {
    std::cerr << "measuring the convolutions alone" << std::endl;
    const std::vector<c3d::OpTime> convolutions =
        both ? measurements.ops
             : measure_convolutions(*backend, stopwatch, input.network, !options.inference_only);
    measurements.convolutions = sum_of_convolutions(convolutions, input.network.batch);
    measurements.alone =
        c3d::measure_convolutions_alone(input.network, backend->precision(), options.backend.threads,
                                        options.repeats, !options.inference_only);
  }
  report(options, table(measurements, ceilings), to_json(measurements, ceilings, command));
  return 0;
}

}  // namespace

int c3d::tools::bench_main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Times every op of C3D at its real shapes, and the whole network in inference and training; or, with "
      "--decode or --augment, the reading of videos, with --pipeline their way to the network's answers.",
      "c3d_bench");
  add_device_options(app, options.backend);
  app.add_option("--batch", options.network.batch, "clips in a batch; of --pipeline 10 by default")
      ->capture_default_str()
      ->check(c3d::whole_number_within(1, 167));
  app.add_option("--repeats", options.repeats, "timings of each piece of work; the median counts")
      ->capture_default_str()
      ->check(c3d::whole_number_within(1, 1000));
  app.add_flag(
      "--cold", options.cold,
      "empty the caches before each timing, by writing 512 MB: for a network that answers once in a while");
  const auto ops = app.add_flag("--ops", options.ops, "only the ops");
  app.add_flag("--net", options.net, "only the whole network")->excludes(ops);
  const auto inference =
      app.add_flag("--inference", options.inference_only, "of the network, only inference");
  app.add_flag("--training", options.training_only, "of the network, only the training step")
      ->excludes(inference);
  const auto decode =
      app.add_option("--decode", options.decode,
                     "only this: read the videos below FOLDER on one thread, resized to 171x128; beside "
                     "--pipeline: what decodes there, auto, cpu or cuda, as c3d_infer has it [cpu]");
  decode->option_text("FOLDER|auto|cpu|cuda");
  app.add_option(
         "--augment", options.augment,
         "only this: read a training clip of each video below FOLDER on one thread, as it is and augmented")
      ->option_text("FOLDER")
      ->excludes(decode);
  app.add_option("--json", options.json,
                 "write the results as JSON to this file; -: to stdout instead of the table");
  const auto width =
      app.add_option("--width", options.network.config.width,
                     "of the network: a factor on the channels of all convolutions, fc6 and fc7")
          ->capture_default_str()
          ->check(c3d::number_within(0.01, 8));
  app.add_option("--weights", options.weights, "the network's weights, of any format; random without")
      ->excludes(width)
      ->type_name("FILE");
  app.add_option(
         "--clips", options.clips,
         "what it sees: safetensors with `frames` u8 [clips, 16, height, width, 3], of which the middle "
         "counts, less 128 and over 64, and `labels` i32 [clips]; random without")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  app.add_option("--answers", options.outputs,
                 "time nothing: write the logits of one batch, and its gradients without dropout, to this "
                 "safetensors file")
      ->type_name("FILE");
  c3d::add_exact_option(app, "--chart", options.chart,
                        "measure nothing: draw the chart that a JSON file describes")
      ->type_name("JSON PNG")
      ->expected(2);
  add_pipeline_options(app, options.pipeline);
  exclude_contradictions(app);
  app.callback([&] {
    check_decode(app, options);
    check_fp8(options);
  });
  std::string command = "c3d_bench";
  for (int i = 1; i < argc; ++i) command.append(" ").append(argv[i]);
  return c3d::run_main(app, argc, argv, [&] {
    check_outputs(options);
    if (!options.pipeline.videos.empty()) return bench_pipeline(options, command, app.count("--batch") > 0);
    if (!options.decode.empty()) return bench_decoding(options, command);
    return options.augment.empty() ? bench(options, command) : bench_augmentation(options, command);
  });
}
