#include <cmath>

#include "c3d/inference/classifier.h"
#include "catch.h"
#include "engine/core/error.h"
#include "engine/io/safetensors.h"
#include "kernels/reference/reference_backend.h"
#include "tests/support/clip_of_waves.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"

namespace c3d {
namespace {

struct ClassifierFixture {
  ScratchFolder folder;
  std::unique_ptr<Backend> backend = make_reference_backend();
  std::filesystem::path weights = folder / "small.safetensors";
  ClassifierFixture() { write_small_model(weights); }
  std::vector<ClipScore> scores(Feature feature, const std::vector<Clip>& clips,
                                std::optional<Pool5Rule> rule = std::nullopt) {
    return Classifier(*backend, weights, {.pool5 = rule, .feature = feature}).classify(clips);
  }
};

// relu(weight x + bias), or without relu; in double.
std::vector<double> layer(const NamedTensors& tensors, const std::string& name, const std::vector<float>& x,
                          bool relu) {
  const ConstTensor weight = tensors.at(name + ".weight").values, bias = tensors.at(name + ".bias").values;
  const auto inputs = static_cast<std::size_t>(weight.shape()[1]);
  REQUIRE(inputs == x.size());
  std::vector<double> y;
  for (std::size_t o = 0; o < static_cast<std::size_t>(weight.shape()[0]); ++o) {
    double sum = static_cast<double>(bias.as<float>()[o]);
    for (std::size_t i = 0; i < inputs; ++i) {
      sum += static_cast<double>(weight.as<float>()[o * inputs + i]) * static_cast<double>(x[i]);
    }
    y.push_back(relu ? std::max(sum, 0.0) : sum);
  }
  return y;
}

void check_close(const std::vector<float>& found, const std::vector<double>& wanted) {
  REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(static_cast<double>(found[i]) == Approx(wanted[i]).epsilon(1e-4).margin(1e-4));
  }
}

TEST_CASE_METHOD(ClassifierFixture,
                 "features are what the stored weights make of each other in PyTorch's order") {
  const std::vector<Clip> clips{clip_of_waves(1), clip_of_waves(2)};
  const NamedTensors tensors = read_safetensors(weights);
  const auto pool5 = scores(Feature::pool5, clips), fc6 = scores(Feature::fc6, clips),
             fc7 = scores(Feature::fc7, clips), fc8 = scores(Feature::fc8, clips);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    check_close(fc6[i].features, layer(tensors, "fc6", pool5[i].features, true));
    check_close(fc7[i].features, layer(tensors, "fc7", fc6[i].features, true));
    check_close(fc8[i].features, layer(tensors, "fc8", fc7[i].features, false));
    double sum = 0;
    for (const float logit : fc8[i].features) sum += std::exp(static_cast<double>(logit));
    std::vector<double> probabilities;
    for (const float logit : fc8[i].features)
      probabilities.push_back(std::exp(static_cast<double>(logit)) / sum);
    check_close(fc8[i].probabilities, probabilities);
  }
  CHECK(pool5[0].features != pool5[1].features);
}

TEST_CASE_METHOD(ClassifierFixture, "a batch scores each clip as it is scored alone") {
  Classifier classifier(*backend, weights, {.feature = Feature::probabilities});
  const std::vector<Clip> clips{clip_of_waves(1), clip_of_waves(2), clip_of_waves(3)};
  const auto together = classifier.classify(clips);
  REQUIRE(together.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto alone = classifier.classify(std::span(clips).subspan(i, 1));
    CHECK(alone[0].probabilities == together[i].probabilities);
    CHECK(together[i].features == together[i].probabilities);
  }
  CHECK(classifier.classify(std::span(clips).subspan(1, 2))[1].probabilities == together[2].probabilities);
}

TEST_CASE_METHOD(ClassifierFixture, "batches that are under way at once score as each alone") {
  Classifier classifier(*backend, weights, {.feature = Feature::fc7});
  const ClipSpec spec = clip_spec(classifier.info());
  const std::vector<Clip> one{clip_of_waves(1), clip_of_waves(2)}, other{clip_of_waves(3), clip_of_waves(4)},
      last{clip_of_waves(5)}, twice{clip_of_waves(1), clip_of_waves(2), clip_of_waves(3)};
  const auto expected = {classifier.classify(one), classifier.classify(other), classifier.classify(last)};
  std::vector<Classifier::Started> started;
  for (const auto* clips : {&one, &other, &last}) started.push_back(classifier.start(*clips, spec));
  classifier.classify(twice);  // a third size of batch: the network of the first is put away meanwhile
  std::size_t i = 0;
  for (const std::vector<ClipScore>& scores : expected) {
    CHECK(classifier.is_done(started[i]));
    const std::vector<ClipScore> given = classifier.finish(std::move(started[i++]));
    REQUIRE(given.size() == scores.size());
    for (std::size_t clip = 0; clip < scores.size(); ++clip) {
      CHECK(given[clip].probabilities == scores[clip].probabilities);
      CHECK(given[clip].features == scores[clip].features);
    }
  }
}

TEST_CASE_METHOD(ClassifierFixture, "the pool5 rule comes from the weights unless it is given") {
  const std::vector<Clip> clips{clip_of_waves(4)};
  const auto stored = scores(Feature::pool5, clips);
  const auto pytorch = scores(Feature::pool5, clips, Pool5Rule::pytorch);
  const auto caffe = scores(Feature::pool5, clips, Pool5Rule::caffe);
  CHECK(stored[0].features == pytorch[0].features);
  CHECK(stored[0].features != caffe[0].features);

  const std::string said = Classifier(*backend, weights, {}).description();
  CHECK(said.find("pool5 pytorch (as the weights say)") != std::string::npos);
  write_small_model(weights, {.with_pool5_rule = false});
  const std::string silent = Classifier(*backend, weights, {}).description();
  CHECK(silent.find("pool5 pytorch;") != std::string::npos);
}

TEST_CASE_METHOD(ClassifierFixture, "weights that are none are refused by name") {
  const auto text = folder.write("text.safetensors", "no weights");
  try {
    const Classifier refused(*backend, text, {});
    FAIL("a text file passed for weights");
  } catch (const Error& error) {
    CHECK(error.message().find("text.safetensors") != std::string::npos);
  }
}

TEST_CASE_METHOD(ClassifierFixture, "a clip of another size is refused") {
  Clip clip = clip_of_waves(1);
  clip.frames = ClipFrames(clip.frames.size() / 2);
  CHECK_THROWS_AS(scores(Feature::none, {clip}), Error);
}

}  // namespace
}  // namespace c3d
