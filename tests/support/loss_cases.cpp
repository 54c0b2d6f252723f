#include "tests/support/loss_cases.h"

#include <algorithm>

#include "engine/ops/sigmoid_cross_entropy.h"

namespace c3d {
namespace {

OpInput listed(std::string name, const Shape& shape, InputKind kind, std::vector<float> values) {
  return {.name = std::move(name),
          .shape = shape,
          .kind = kind,
          .fill = Fill::listed,
          .values = std::move(values)};
}

OpCase loss_case(std::string name, OpInput logits, std::vector<OpInput> targets,
                 std::function<CrossEntropyValues(Tape&, const OpArguments&)> record) {
  OpCase result{
      .name = std::move(name),
      .inputs = {std::move(logits)},
      .record = [record = std::move(record)](Tape& tape, const OpArguments& in) -> std::vector<Var> {
        const CrossEntropyValues values = record(tape, in);
        return {values.probabilities, values.losses};
      },
      .tolerance = ToleranceClass::elementwise,
      .is_loss = true,
      .only_train = true};
  std::move(targets.begin(), targets.end(), std::back_inserter(result.inputs));
  return result;
}

OpCase softmax_case(const std::string& name, std::int64_t classes, std::vector<float> labels,
                    const CrossEntropyRule& rule, double scale) {
  const auto rows = static_cast<std::int64_t>(labels.size());
  return loss_case("softmax_cross_entropy " + name,
                   {.name = "logits", .shape = {rows, classes}, .scale = scale},
                   {listed("labels", {rows}, InputKind::integers, std::move(labels))},
                   [=](Tape& tape, const OpArguments& in) {
                     return softmax_cross_entropy(tape, in.vars[0], in.vars[1], rule);
                   });
}

// Rows are mixed by halves, thirds and wholes; row 1 is not mixed, row 3 is padding. Five classes with
// weights.
OpCase mixed_case(const std::string& name, const CrossEntropyRule& rule, double scale) {
  const std::vector<float> weights{0.5f, 2, 0, 1, 3};
  return loss_case("softmax_cross_entropy " + name, {.name = "logits", .shape = {5, 5}, .scale = scale},
                   {listed("labels", {5}, InputKind::integers, {0, 1, 4, -1, 3}),
                    listed("second labels", {5}, InputKind::integers, {2, -1, 4, 1, 0}),
                    listed("mix", {5}, InputKind::shares, {0.5f, 0.25f, 0.3f, 0.5f, 1}),
                    listed("class weights", {5}, InputKind::constant, weights)},
                   [=](Tape& tape, const OpArguments& in) {
                     CrossEntropyRule weighted = rule;
                     weighted.class_weights = in.constants[0];
                     return softmax_cross_entropy(tape, in.vars[0],
                                                  MixedLabels{in.vars[1], in.vars[2], in.vars[3]}, weighted);
                   });
}

// The second row is padding; the third has a class that counts for nothing, and soft targets.
OpCase sigmoid_case(const std::string& name, bool is_weighted, double scale) {
  return loss_case(
      "sigmoid_cross_entropy " + name, {.name = "logits", .shape = {3, 4}, .scale = scale},
      {listed("targets", {3, 4}, InputKind::shares, {1, 0, 1, 0, -1, -1, -1, -1, 0.25f, 1, -1, 0.5f}),
       listed("positive weights", {4}, InputKind::constant, {1, 3, 0.5f, 0})},
      [=](Tape& tape, const OpArguments& in) {
        return sigmoid_cross_entropy(tape, in.vars[0], in.vars[1],
                                     is_weighted ? in.constants[0] : ConstTensor());
      });
}

}  // namespace

std::vector<OpCase> loss_cases() {
  return {
      softmax_case("plain", 10, {3, 0, 9, 5}, {}, 2),
      softmax_case("one row, 101 classes", 101, {100}, {}, 1),
      softmax_case("label smoothing", 7, {6, 0, 2}, {.label_smoothing = 0.1f}, 2),
      softmax_case("padding rows", 6, {-1, 4, -1, 0}, {.label_smoothing = 0.1f}, 2),
      softmax_case("large logits", 5, {0, 1, 2, 3}, {}, 40),
      softmax_case("focal", 6, {5, 0, 3, -1}, {.focal_gamma = 2}, 2),
      softmax_case("focal, a gamma below 1, smoothed", 6, {5, 0, 3},
                   {.label_smoothing = 0.1f, .focal_gamma = 0.5f}, 2),
      mixed_case("mixed and weighted", {}, 2),
      mixed_case("mixed, weighted, smoothed and focal", {.label_smoothing = 0.2f, .focal_gamma = 1.5f}, 2),
      sigmoid_case("plain", false, 2),
      sigmoid_case("weighted", true, 2),
      sigmoid_case("large logits", true, 40)};
}

}  // namespace c3d
