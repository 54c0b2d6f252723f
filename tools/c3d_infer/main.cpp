// c3d_infer: what do these videos show?

#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "tools/c3d_infer/arguments.h"
#include "tools/c3d_infer/result_file.h"
#include "tools/shared/console_sink.h"
#include "tools/shared/plan_file.h"
#include "tools/shared/run_main.h"

namespace c3d {
namespace {

std::vector<std::string> names_of(const std::vector<Input>& videos) {
  std::vector<std::string> names;
  names.reserve(videos.size());
  for (const Input& video : videos) names.push_back(video.name);
  return names;
}

// Where each line goes as videos are done.
class Lines {
 public:
  Lines(const Arguments& a, const std::vector<std::string>& labels, std::unique_ptr<ResultFile> json_file,
        std::size_t videos)
      : labels_(labels),
        people_(a.json == "-" ? std::cerr : std::cout),
        json_to_output_(a.json == "-"),
        json_file_(std::move(json_file)),
        progress_(std::cerr, is_terminal(stderr), "labelling", "videos", static_cast<std::int64_t>(videos)) {}

  void add(std::size_t video, const VideoResult& result) {
    progress_.clear();
    people_ << text_line(result, labels_) << std::endl;
    const std::string line = json_line(result, labels_);
    if (json_to_output_) std::cout << line << std::endl;
    if (json_file_) json_file_->add(video, line);
    ++done_;
    if (!result.ok()) failed_.push_back(text_line(result, labels_));
    if (is_terminal(stderr)) progress_.update(done_);
  }

  void finish() {
    progress_.clear();
    if (json_file_) json_file_->finish();
    expect(std::cout.good(), "standard output cannot be written");
  }
  std::int64_t labelled() const { return done_ - static_cast<std::int64_t>(failed_.size()); }
  const std::vector<std::string>& failed() const { return failed_; }

 private:
  const std::vector<std::string>& labels_;
  std::ostream& people_;
  bool json_to_output_;
  std::unique_ptr<ResultFile> json_file_;
  Progress progress_;
  std::int64_t done_ = 0;
  std::vector<std::string> failed_;
};

// The outputs of each video, and which videos are left to do.
struct Plan {
  LabelOptions options;  // outputs of the videos that are left
  std::vector<Input> videos;
  std::vector<std::size_t> numbers;  // of these among all
  std::unique_ptr<ResultFile> json;
};

LabelOptions all_outputs(const Arguments& a, const Classifier& classifier, Inputs& inputs) {
  LabelOptions options;
  options.top = a.top;
  options.batch = a.batch;
  options.cut = cut_rule(a, classifier.info());
  if (!a.overlay.empty()) options.overlays = output_paths(inputs, a.overlay, ".mp4");
  if (!a.timeline.empty()) options.timelines = output_paths(inputs, a.timeline, ".png");
  if (a.features_out.empty()) return options;
  options.feature_rule = feature_rule(a, classifier);
  inputs.several = inputs.several || a.feature_format == FeatureFormat::caffe;
  options.features = output_paths(inputs, a.features_out, extension(a.feature_format));
  return options;
}

Plan plan(const Arguments& a, const Classifier& classifier, Inputs& inputs) {
  const LabelOptions all = all_outputs(a, classifier, inputs);
  const auto there = [](const std::vector<std::filesystem::path>& paths, std::size_t i) {
    return paths.empty() || std::filesystem::exists(paths[i]);
  };
  const auto outputs_there = [&](std::size_t i) {
    return there(all.overlays, i) && there(all.timelines, i) &&
           (all.features.empty() || features_complete(all.features[i], all.feature_rule));
  };
  Plan plan{all, {}, {}, nullptr};
  const bool json_file = !a.json.empty() && a.json != "-";
  if (json_file && a.resume) {
    plan.json = std::make_unique<ResultFile>(a.json, names_of(inputs.videos), outputs_there);
  } else if (json_file) {
    plan.json = std::make_unique<ResultFile>(a.json);
  }
  for (auto* paths : {&plan.options.overlays, &plan.options.timelines, &plan.options.features})
    paths->clear();
  for (std::size_t i = 0; i < inputs.videos.size(); ++i) {
    if (a.resume && (json_file ? plan.json->holds(i) : outputs_there(i))) continue;
    plan.numbers.push_back(i);
    plan.videos.push_back(inputs.videos[i]);
    if (!all.overlays.empty()) plan.options.overlays.push_back(all.overlays[i]);
    if (!all.timelines.empty()) plan.options.timelines.push_back(all.timelines[i]);
    if (!all.features.empty()) plan.options.features.push_back(all.features[i]);
  }
  return plan;
}

int infer(const Arguments& a) {
  std::string why;
  BackendSpec spec = a.device;
  spec.bf16_products = spec.inference = true;
  const std::unique_ptr<Backend> backend = make_backend(spec, &why);
  keep_plan(*backend, spec.plan, std::cerr);
  ClassifierOptions wanted{.map = parse_name_map(a.map), .mean = a.mean, .feature = a.feature};
  if (!a.pool5.empty()) wanted.pool5 = parse_pool5_rule(a.pool5);
  if (!a.profile.empty()) wanted.profile = parse_profile(a.profile);
  Classifier classifier(*backend, a.weights, wanted);
  std::cerr << backend->description() << (why.empty() ? "" : " (" + why + ")") << "\n"
            << classifier.description() << std::endl;

  Inputs inputs = find_inputs(a.videos, a.lists);
  for (const std::string& note : inputs.notes) std::cerr << "note: " << note << "\n";
  expect(!inputs.videos.empty(), "the lists name no video");
  Plan work = plan(a, classifier, inputs);
  const std::size_t before = inputs.videos.size() - work.videos.size();
  if (before > 0) std::cerr << before << " of " << inputs.videos.size() << " videos were done before\n";

  const double start = steady_seconds();
  Lines lines(a, classifier.info().labels, std::move(work.json), work.videos.size());
  std::size_t reported = 0;  // videos are reported in their order
  Labeller labeller(classifier, work.videos, work.options,
                    [&](const VideoResult& result) { lines.add(work.numbers[reported++], result); });
  labeller.run();
  lines.finish();
  const double seconds = steady_seconds() - start;
  std::cerr << fmt::format("{} labelled, {} failed, {} clips in {} ({:.3g} clips/s)\n", lines.labelled(),
                           lines.failed().size(), labeller.clips(), duration_text(seconds),
                           static_cast<double>(labeller.clips()) / seconds)
            << text_line(labeller.time_taken()) << "\n";
  for (const std::string& line : lines.failed()) std::cerr << "  " << line << "\n";
  return lines.failed().empty() ? 0 : 1;
}

}  // namespace
}  // namespace c3d

int main(int argc, char** argv) {
  CLI::App app(
      "Labels videos with a trained C3D: the likeliest classes of each, and what stands for them in time.",
      "c3d_infer");
  c3d::Arguments arguments;
  c3d::add_options(app, arguments);
  app.callback([&] {
    const c3d::Arguments& a = arguments;
    if (a.resume && (a.json.empty() || a.json == "-") && a.features_out.empty() && a.overlay.empty() &&
        a.timeline.empty()) {
      throw CLI::RequiredError("--resume goes by what is there: --json FILE or --features-out");
    }
    if (a.feature_format == c3d::FeatureFormat::caffe && a.pool.kind != c3d::Pooling::Kind::none) {
      throw CLI::ValidationError("--pool", "caffe's format is a file for each clip; pool into npy or csv");
    }
    if (arguments.videos.empty() && arguments.lists.empty()) throw CLI::RequiredError("a VIDEO or --list");
  });
  return c3d::run_main(app, argc, argv, [&] { return c3d::infer(arguments); });
}
