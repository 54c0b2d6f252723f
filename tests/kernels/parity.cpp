// Every backend against the reference: each op case, forward and every gradient, in each precision the
// backend has; then the ops that stand on no tape.
#include <algorithm>
#include <functional>

#include "catch.h"
#include "tests/support/backend_or_skip.h"
#include "tests/support/closeness.h"
#include "tests/support/op_run.h"

namespace c3d {
namespace {

std::unique_ptr<Backend> backend_or_skip(const std::string& device, Precision precision,
                                         bool direct = false) {
  return c3d::backend_or_skip(
      {.device = device, .precision = precision, .threads = 2, .direct_convolution = direct});
}

std::unique_ptr<Backend> reference_for(const Backend& backend) {
  const bool bf16 = backend.precision() == Precision::bf16;
  return make_backend({.device = "reference", .precision = bf16 ? Precision::bf16 : Precision::f32});
}

struct Bounds {
  Tolerance results, gradients;
};
// `transforms`: convolutions may round what they transform.
Bounds bounds_for(ToleranceClass wanted, Precision precision, bool transforms) {
  if (wanted == ToleranceClass::exact) return {kExact, kExact};
  if (wanted == ToleranceClass::elementwise && precision == Precision::tf32) return {kStrictF32, kStrictF32};
  if (precision == Precision::bf16 && transforms) return {kTransformedBf16, kTransformedBf16Gradient};
  return {tolerance_of(precision), tolerance_of(precision)};
}

void expect_close(const std::vector<float>& got, const std::vector<float>& wanted, const Tolerance& tolerance,
                  const std::string& what) {
  const Closeness closeness = compare(got, wanted, tolerance);
  INFO(what << ": " << closeness.explanation);
  CHECK(closeness.close);
}

// Tf32 has the bits of bf16 and more: values of so few bits it multiplies exactly, as the reference does, and
// no sum near 0 changes its sign, which ReLU would turn into another gradient.
void round_for(Precision precision, OpRun& run, const std::vector<OpInput>& inputs) {
  if (precision != Precision::tf32) return;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const InputKind kind = inputs[i].kind;
    if (kind == InputKind::frames || kind == InputKind::integers || kind == InputKind::constant) continue;
    std::vector<float> values = run.input(i);
    for (float& value : values) value = to_float(to_bfloat16(value));
    run.set_input(i, values);
  }
}

void compare_case(Backend& backend, Backend& reference, const OpCase& op_case, Mode mode, bool transforms) {
  const Bounds bounds = bounds_for(op_case.tolerance, backend.precision(), transforms);
  const std::string name = op_case.name + (mode == Mode::train ? "" : " in inference");
  INFO(name);
  OpRun wanted(reference, op_case, mode), got(backend, op_case, mode);
  for (OpRun* run : {&wanted, &got}) round_for(backend.precision(), *run, op_case.inputs);
  wanted.forward();
  got.forward();
  const auto got_results = got.results(), wanted_results = wanted.results();
  for (std::size_t r = 0; r < wanted_results.size(); ++r) {
    expect_close(got_results[r], wanted_results[r], bounds.results, fmt::format("result {}", r));
  }
  if (mode == Mode::infer || !got.has_backward()) return;
  wanted.backward();
  got.backward();
  for (std::size_t i = 0; i < got.input_count(); ++i) {
    if (!got.wants_gradient(i)) continue;
    expect_close(got.gradient(i), wanted.gradient(i), bounds.gradients,
                 "gradient of " + op_case.inputs[i].name);
  }
}

// direct: no convolution transforms anything.
void compare_all(const std::string& device, Precision precision, bool direct = false) {
  const auto backend = backend_or_skip(device, precision, direct);
  if (backend == nullptr) return;
  const bool transforms = device == "cpu" && !direct;
  const auto exact = backend_or_skip(device, precision, true);
  const auto reference = reference_for(*backend);
  for (const OpCase& op_case : op_cases()) {
    if (op_case.only_f32 && precision != Precision::f32) continue;
    try {
      Backend& tested = op_case.exact_sums ? *exact : *backend;
      if (!op_case.only_infer) compare_case(tested, *reference, op_case, Mode::train, transforms);
      if (!op_case.only_train) compare_case(tested, *reference, op_case, Mode::infer, transforms);
    } catch (const Error& error) {
      FAIL_CHECK(op_case.name << ": " << error.what());
    }
  }
}

TEST_CASE("the cpu computes every op as the reference does in f32") { compare_all("cpu", Precision::f32); }
TEST_CASE("the cpu computes every op as the reference does in bf16") {
  compare_all("cpu", Precision::bf16, true);
}
TEST_CASE("the cpu computes every op as the reference does in bf16, but for what transforms round") {
  compare_all("cpu", Precision::bf16);
}
TEST_CASE("cuda computes every op as the reference does in f32") { compare_all("cuda", Precision::f32); }
TEST_CASE("cuda computes every op as the reference does in tf32") { compare_all("cuda", Precision::tf32); }
TEST_CASE("cuda computes every op as the reference does in bf16") { compare_all("cuda", Precision::bf16); }

// ---- ops that stand on no tape --------------------------------------------------------------------------

// A device array that can be compared.
class DeviceArray {
 public:
  DeviceArray(Backend& backend, const std::vector<float>& values)
      : backend_(backend),
        count_(static_cast<std::int64_t>(values.size())),
        buffer_(backend.allocate(values.size() * 4, MemoryKind::device)) {
    backend_.copy(host_tensor(values.data(), {count_}), tensor());
    backend_.synchronize();
  }
  Tensor tensor() const { return buffer_.tensor({count_}, DType::f32); }
  std::vector<float> read() const {
    std::vector<float> values(static_cast<std::size_t>(count_));
    backend_.copy(tensor(), host_tensor(values.data(), {count_}));
    backend_.synchronize();
    return values;
  }

 private:
  Backend& backend_;
  std::int64_t count_;
  Buffer buffer_;
};

std::vector<float> random_values(std::int64_t count, std::uint64_t seed) {
  return fill_input({.name = "values", .shape = {count}}, seed);
}

struct SgdOutcome {
  std::vector<float> parameters, velocity, copy;
};

SgdOutcome run_sgd(Backend& backend, SgdForm form, float clip_norm) {
  constexpr std::int64_t kCount = 1000;
  const DeviceArray parameters(backend, random_values(kCount, 1)),
      gradients(backend, random_values(kCount, 2)), velocity(backend, random_values(kCount, 3)),
      norm(backend, {0});
  const bool bf16 = backend.precision() == Precision::bf16;
  const Buffer copy_memory = backend.allocate(kCount * 2, MemoryKind::device);
  const Tensor copy = bf16 ? copy_memory.tensor({kCount}, DType::bf16) : Tensor();
  backend.parameters_changed(parameters.tensor(), copy);
  backend.sum_of_squares(gradients.tensor(), norm.tensor());
  // 300 .. 419 and from 901 on belong to no range.
  const std::vector<SgdRange> ranges{
      {.first = 0, .last = 300},
      {.first = 420, .last = 421, .learning_rate_scale = 2, .weight_decay_scale = 0},
      {.first = 421, .last = 901, .learning_rate_scale = 10}};
  for (std::uint64_t step = 0; step < 3; ++step) {
    backend.begin_step({.step = step, .learning_rate = 0.01f / static_cast<float>(1 + step)});
    backend.sgd_step({.form = form,
                      .momentum = 0.9f,
                      .weight_decay = 0.05f,
                      .clip_norm = clip_norm,
                      .gradient_norm_squared = norm.tensor(),
                      .ranges = ranges},
                     parameters.tensor(), gradients.tensor(), velocity.tensor(), copy);
  }
  SgdOutcome outcome{parameters.read(), velocity.read(), {}};
  if (bf16) {
    std::vector<BFloat16> host(static_cast<std::size_t>(kCount));
    backend.copy(copy, host_tensor(host.data(), {kCount}));
    backend.synchronize();
    for (const BFloat16 value : host) outcome.copy.push_back(to_float(value));
  }
  return outcome;
}

void compare_parameter_ops(const std::string& device, Precision precision) {
  const auto backend = backend_or_skip(device, precision);
  if (backend == nullptr) return;
  const auto reference = reference_for(*backend);
  for (const SgdForm form : {SgdForm::pytorch, SgdForm::caffe}) {
    for (const float clip_norm : {0.0f, 1.0f, 1000.0f}) {  // off, at work, above the norm of about 32
      const SgdOutcome got = run_sgd(*backend, form, clip_norm),
                       wanted = run_sgd(*reference, form, clip_norm);
      INFO((form == SgdForm::caffe ? "caffe" : "pytorch") << " form, clip_norm " << clip_norm);
      expect_close(got.parameters, wanted.parameters, kStrictF32, "parameters");
      expect_close(got.velocity, wanted.velocity, kStrictF32, "velocity");
      std::vector<float> rounded = got.parameters;
      for (float& value : rounded) value = to_float(to_bfloat16(value));
      if (!got.copy.empty()) expect_close(got.copy, rounded, kExact, "bf16 copy");
    }
  }
  // A sum long enough to be split over threads, and one shorter than a vector.
  for (const std::int64_t count : {3, 1000003}) {
    const std::vector<float> values = random_values(count, 4);
    const DeviceArray here(*backend, values), sum(*backend, {0}), there(*reference, values),
        right(*reference, {0});
    backend->sum_of_squares(here.tensor(), sum.tensor());
    reference->sum_of_squares(there.tensor(), right.tensor());
    expect_close(sum.read(), right.read(), kStrictF32, fmt::format("sum of {} squares", count));
  }
  const std::vector<float> a = random_values(1037, 5), b = random_values(1037, 6);
  const DeviceArray x(*backend, a), y(*backend, b);
  backend->accumulate(x.tensor(), y.tensor());
  std::vector<float> sums = b;
  std::transform(a.begin(), a.end(), b.begin(), sums.begin(), std::plus<>());
  expect_close(y.read(), sums, kExact, "accumulate");
  backend->zero(y.tensor());
  expect_close(y.read(), std::vector<float>(b.size()), kExact, "zero");
}

TEST_CASE("the cpu updates parameters as the reference does in f32") {
  compare_parameter_ops("cpu", Precision::f32);
}
TEST_CASE("the cpu updates parameters as the reference does in bf16") {
  compare_parameter_ops("cpu", Precision::bf16);
}
TEST_CASE("cuda updates parameters as the reference does in f32") {
  compare_parameter_ops("cuda", Precision::f32);
}
TEST_CASE("cuda updates parameters as the reference does in tf32") {
  compare_parameter_ops("cuda", Precision::tf32);
}
TEST_CASE("cuda updates parameters as the reference does in bf16") {
  compare_parameter_ops("cuda", Precision::bf16);
}

// Packed copies of the parameters must follow every change.
void compare_after_changes(const std::string& device, Precision precision) {
  const auto backend = backend_or_skip(device, precision);
  if (backend == nullptr) return;
  const auto reference = reference_for(*backend);
  std::vector<OpCase> cases = op_cases();
  for (const char* name : {"conv3d odd sizes", "conv3d wide", "linear wide"}) {
    const auto found =
        std::find_if(cases.begin(), cases.end(), [&](const OpCase& c) { return c.name == name; });
    REQUIRE(found != cases.end());
    OpRun got(*backend, *found, Mode::train), wanted(*reference, *found, Mode::train);
    for (OpRun* run : {&got, &wanted}) {
      round_for(precision, *run, found->inputs);
      run->forward();
      run->backward();
      std::vector<float> other = run->input(1);
      std::reverse(other.begin(), other.end());
      run->set_input(1, other);
      run->forward();
      run->backward();
    }
    INFO(name);
    const Bounds bounds = bounds_for(ToleranceClass::products, precision, device == "cpu");
    expect_close(got.results()[0], wanted.results()[0], bounds.results, "result");
    expect_close(got.gradient(0), wanted.gradient(0), bounds.gradients, "gradient of x");
  }
}

TEST_CASE("the cpu computes with new parameters after they changed") {
  compare_after_changes("cpu", Precision::f32);
  compare_after_changes("cpu", Precision::bf16);
}
TEST_CASE("cuda computes with new parameters after they changed") {
  for (const Precision precision : {Precision::f32, Precision::tf32, Precision::bf16}) {
    compare_after_changes("cuda", precision);
  }
}

}  // namespace
}  // namespace c3d
