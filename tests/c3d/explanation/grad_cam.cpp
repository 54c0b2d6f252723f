#include "c3d/explanation/grad_cam.h"

#include <algorithm>
#include <cmath>

#include "c3d/inference/clip_rows.h"
#include "catch.h"
#include "kernels/reference/reference_backend.h"
#include "tests/support/backend_or_skip.h"
#include "tests/support/clip_of_waves.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"

namespace c3d {
namespace {

struct GradCamFixture {
  ScratchFolder folder;
  std::filesystem::path weights = folder / "small.safetensors";
  ClipSpec spec = clip_spec(small_model_info());
  GradCamFixture() { write_small_model(weights); }

  std::vector<float> maps(Backend& backend, const std::string& layer, const std::vector<Clip>& clips,
                          std::size_t label) const {
    Classifier classifier(backend, weights, {});
    return GradCam(classifier, layer).maps(clips, spec, label);
  }
};

double largest(const std::vector<float>& values) { return static_cast<double>(std::ranges::max(values)); }

void check_near(const std::vector<float>& found, const std::vector<float>& wanted, double share) {
  REQUIRE(found.size() == wanted.size());
  const double limit = share * largest(wanted);
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(static_cast<double>(found[i]) == Approx(static_cast<double>(wanted[i])).margin(limit));
  }
}

// The map by its definition, with derivatives that are differences of logits: a channel's weight is what all
// its places together change, divided by their number.
class NumericalMap {
 public:
  NumericalMap(Classifier& classifier, const std::string& layer)
      : backend_(classifier.backend()),
        before_(backend_, classifier.parameters(), Mode::infer),
        after_(backend_, classifier.parameters(), Mode::infer),
        info_(classifier.info()) {
    input_ = record_clip_input(before_, rows_input(info_, 1, false), classifier.mean());
    output_ = classifier.model().convolution_output(before_, input_.clip, layer);
    before_.compile(std::span(&output_, 1));
    start_ = after_.input(before_.spec(output_));
    logits_ = classifier.model().logits_from(after_, start_, layer);
    after_.compile(std::span(&logits_, 1));
  }

  std::vector<float> of(const Clip& clip, const ClipSpec& spec, std::size_t label) {
    std::vector<std::int32_t> places(static_cast<std::size_t>(3 * spec.crops));
    load_rows(backend_, before_, input_, info_, std::span(&clip, 1), spec,
              host_tensor(places.data(), {spec.crops, 3}));
    before_.forward();
    const std::vector<float> activation = to_host(backend_, before_.tensor(output_));
    const auto channels = static_cast<std::size_t>(before_.spec(output_).shape[4]);
    std::vector<double> sums(activation.size() / channels);
    for (std::size_t c = 0; c < channels; ++c) {
      const double slope = (shifted_logit(activation, c, channels, kStep, label) -
                            shifted_logit(activation, c, channels, -kStep, label)) /
                           (2 * static_cast<double>(kStep)) / static_cast<double>(sums.size());
      for (std::size_t place = 0; place < sums.size(); ++place) {
        sums[place] += slope * static_cast<double>(activation[place * channels + c]);
      }
    }
    std::vector<float> map;
    for (const double sum : sums) map.push_back(static_cast<float>(std::max(sum, 0.0)));
    return map;
  }

 private:
  static constexpr float kStep = 1e-3f;

  double shifted_logit(std::vector<float> activation, std::size_t channel, std::size_t channels, float step,
                       std::size_t label) {
    for (std::size_t i = channel; i < activation.size(); i += channels) activation[i] += step;
    const Tensor start = after_.tensor(start_);
    backend_.copy(host_tensor(activation.data(), start.shape()), start);
    after_.forward();
    return static_cast<double>(to_host(backend_, after_.tensor(logits_)).at(label));
  }

  Backend& backend_;
  Tape before_, after_;
  const ModelInfo& info_;
  ClipVars input_;
  Var output_, start_, logits_;
};

TEST_CASE_METHOD(GradCamFixture, "a map is made of the derivatives of the logit") {
  const auto backend = make_reference_backend();
  Classifier classifier(*backend, weights, {});
  for (const std::string& layer : explanation_layers()) {
    INFO(layer);
    NumericalMap numerical(classifier, layer);
    for (const std::size_t label : {0, 3}) {
      const Clip clip = clip_of_waves(static_cast<int>(label));
      const std::vector<float> wanted = numerical.of(clip, spec, label);
      CHECK(largest(wanted) > 0);
      check_near(maps(*backend, layer, {clip}, label), wanted, 0.03);
    }
  }
}

TEST_CASE("weights of channels are means of gradients and what speaks against the label is 0") {
  // Three places of two channels.
  const std::vector<float> activation{1, 0, 2, 1, 0, 4};
  const std::vector<float> gradient{3, -1, 0, -1, 3, -4};  // means: 2, -2
  CHECK(grad_cam_map(activation, gradient, 2) == std::vector<float>{2, 2, 0});
}

TEST_CASE_METHOD(GradCamFixture, "a layer has its grid and an unknown one its nearest named") {
  const auto backend = make_reference_backend();
  Classifier classifier(*backend, weights, {});
  CHECK(GradCam(classifier, "conv5b").grid() == Extent3{2, 3, 3});
  CHECK(GradCam(classifier, "conv4b").grid() == Extent3{4, 6, 6});
  CHECK(GradCam(classifier, "conv3b").grid() == Extent3{8, 12, 12});
  const std::string message = message_of([&] { GradCam(classifier, "conv3a"); });
  CHECK_THAT(message, Catch::Contains("conv3a") && Catch::Contains("the nearest is 'conv3b'"));
}

TEST_CASE_METHOD(GradCamFixture, "clips of a batch do not change each other's maps") {
  const auto backend = make_reference_backend();
  const std::vector<Clip> clips{clip_of_waves(1), clip_of_waves(2), clip_of_waves(3)};
  const std::vector<float> together = maps(*backend, "conv4b", clips, 1);
  std::vector<float> alone;
  for (const Clip& clip : clips) {
    const std::vector<float> map = maps(*backend, "conv4b", {clip}, 1);
    alone.insert(alone.end(), map.begin(), map.end());
  }
  check_near(together, alone, 1e-5);
}

TEST_CASE_METHOD(GradCamFixture, "explaining leaves the scores of clips as they are, bit for bit") {
  const auto backend = make_reference_backend();
  const std::vector<Clip> clips{clip_of_waves(1), clip_of_waves(2)};
  Classifier classifier(*backend, weights, {.feature = Feature::fc6});
  const std::vector<ClipScore> before = classifier.classify(clips);
  GradCam(classifier, "conv5b").maps(clips, spec, 0);
  const std::vector<ClipScore> after = classifier.classify(clips);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    CHECK(after[i].probabilities == before[i].probabilities);
    CHECK(after[i].features == before[i].features);
  }
}

void check_against_reference(const GradCamFixture& fixture, const BackendSpec& spec, double share) {
  const auto backend = backend_or_skip(spec);
  if (!backend) return;
  const auto reference = make_reference_backend();
  const std::vector<Clip> clips{clip_of_waves(1), clip_of_waves(2)};
  for (const std::string& layer : explanation_layers()) {
    INFO(layer);
    check_near(fixture.maps(*backend, layer, clips, 2), fixture.maps(*reference, layer, clips, 2), share);
  }
}

TEST_CASE_METHOD(GradCamFixture, "the CPU's maps are those of the reference") {
  check_against_reference(*this, {.device = "cpu", .inference = true}, 1e-3);
}

// The share of two maps that is the same: 1 where one is a multiple of the other.
double likeness(const std::vector<float>& a, const std::vector<float>& b) {
  double both = 0, first = 0, second = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    both += x * y;
    first += x * x;
    second += y * y;
  }
  return both / std::sqrt(first * second);
}

TEST_CASE_METHOD(GradCamFixture, "the CPU's maps in bf16 are like those of the reference") {
  const auto backend = backend_or_skip(
      {.device = "cpu", .precision = Precision::bf16, .bf16_products = true, .inference = true});
  if (!backend) return;
  const auto reference = make_reference_backend();
  const std::vector<Clip> clips{clip_of_waves(1), clip_of_waves(2)};
  for (const std::string& layer : explanation_layers()) {
    INFO(layer);
    CHECK(likeness(maps(*backend, layer, clips, 2), maps(*reference, layer, clips, 2)) > 0.9);
  }
}

TEST_CASE_METHOD(GradCamFixture, "a GPU's maps are those of the reference") {
  check_against_reference(*this, {.device = "cuda", .inference = true}, 1e-3);
}

}  // namespace
}  // namespace c3d
