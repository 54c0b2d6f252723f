#include "kernels/cuda/cudnn_conv.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

#include "kernels/cuda/check.h"
#include "kernels/cuda/devices.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/step_graphs.h"

namespace c3d::cuda {
namespace {

constexpr std::size_t kCandidates = 64;
constexpr int kWarmRuns = 2, kTimedRuns = 5;
// Atomics change the order of sums everywhere: the first bytes of an output show it within a few runs.
constexpr std::size_t kComparedBytes = std::size_t{64} << 20;
constexpr int kComparedRuns = 4;

CudnnHandle make_handle(cudaStream_t stream) {
  cudnnHandle_t raw = nullptr;
  check(cudnn().create(&raw), "starting cuDNN");
  CudnnHandle handle(raw);
  check(cudnn().set_stream(raw, stream), "giving cuDNN its stream");
  return handle;
}

// What a plan writes.
struct OutputOf {
  const void* data;
  std::size_t bytes;
};
OutputOf output_of(const ConvKey& key, const ConvArguments& arguments) {
  const std::size_t size = size_of(key.format.storage);
  const auto bytes = [&](const Shape& shape, std::size_t each) {
    return static_cast<std::size_t>(shape.count()) * each;
  };
  switch (key.direction) {
    case ConvDirection::forward:
      return {arguments.y, bytes(key.y(), size)};
    case ConvDirection::backward_data:
      return {arguments.x, bytes(key.x(), size)};
    case ConvDirection::backward_filter:
      return {arguments.filter, bytes(key.filter(), size_of(key.filter_gradient))};
  }
  fail("cudnn: there is no such direction");
}

std::int64_t per_clip(ConstTensor tensor) { return tensor.count() / tensor.shape()[0]; }

std::int64_t part_of(ConstTensor x, ConstTensor y) {
  return clips_per_part(x.shape()[0], std::max(per_clip(x), per_clip(y)), kLargestTensor);
}

}  // namespace

std::int64_t clips_per_part(std::int64_t clips, std::int64_t elements_per_clip, std::int64_t limit) {
  expect(elements_per_clip > 0 && elements_per_clip <= limit,
         "cuda: a clip of {} elements is beyond the limit of {}: make it smaller", elements_per_clip, limit);
  const std::int64_t largest = limit / elements_per_clip;
  const std::int64_t parts = (clips + largest - 1) / largest;
  return (clips + parts - 1) / parts;
}

CudnnConv::CudnnConv(const ConvOptions& options, Workspace& workspace, cudaStream_t stream)
    : options_(options),
      workspace_(workspace),
      stream_(stream),
      handle_(make_handle(stream)),
      target_(handle_.get()),
      rules_(default_rules(options.format, options.deterministic)),
      target_word_(target_word(cudnn_version_text(cudnn().version()), options.gpu)) {}

void CudnnConv::begin_plan(bool measure) {
  measure_ = measure;
  plans_.clear();
  last_choice_.clear();
}

std::string CudnnConv::plan_text() const {
  ConvChoices choices;
  for (const auto& [key, plan] : plans_) choices[key] = plan.name();
  return to_text(choices, target_word_);
}

void CudnnConv::add_plan(const std::string& lines) {
  std::vector<std::pair<ConvKey, ConvPlan>> given;
  for (const auto& [key, name] : parse_choices(lines, target_word_)) {
    std::optional<ConvPlan> plan = ConvPlan::named(target_, key, rules_, name);
    if (!plan) fail("{} has no plan `{}` for the convolution `{}`", target_word_, name, to_text(key));
    given.emplace_back(key, std::move(*plan));
  }
  for (auto& [key, plan] : given) plans_.insert_or_assign(key, std::move(plan));
  last_choice_.clear();
}

const ConvPlan& CudnnConv::plan(const ConvKey& key, const ConvArguments& arguments) {
  const auto known = plans_.find(key);
  if (known != plans_.end()) return known->second;
  if (workspace_.is_frozen()) {
    throw NotRecordable(fmt::format("cuda: the convolution {} has no plan yet", to_text(key)));
  }
  ConvPlan chosen = measure_ ? fastest(key, arguments) : ConvPlan::build(target_, key, rules_);
  const ConvPlan& kept = plans_.emplace(key, std::move(chosen)).first->second;
  if (measure_ && measured_hook_) measured_hook_(measured_, measured_seconds_);
  return kept;
}

// Timed on the tensors of the call itself: the runs write what the call will write anyway.
ConvPlan CudnnConv::fastest(const ConvKey& key, const ConvArguments& arguments) {
  const auto start = std::chrono::steady_clock::now();
  PlanRules rules = rules_;
  rules.compiled_at_run_time = true;
  std::vector<ConvPlan> plans = ConvPlan::candidates(target_, key, rules, kCandidates);
  std::size_t best = plans.size();
  float least = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const float time = milliseconds(plans[i], arguments);
    if (time >= least) continue;
    // Of these engines some add by atomics and do not say so.
    const bool trusted = !plans[i].compiled_at_run_time() || !rules_.deterministic;
    if (!trusted && !repeats_its_bits(plans[i], key, arguments)) continue;
    least = time;
    best = i;
  }
  if (best == plans.size()) return ConvPlan::build(target_, key, rules_);
  ++measured_;
  measured_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return std::move(plans[best]);
}

float CudnnConv::milliseconds(const ConvPlan& plan, const ConvArguments& arguments) {
  void* scratch = workspace_.get(Purpose::library, plan.workspace_bytes());
  const CudaEvent start = make_event(), stop = make_event();
  for (int i = 0; i < kWarmRuns; ++i) plan.run(handle_.get(), arguments, scratch);
  check(cudaEventRecord(start.get(), stream_), "timing a convolution");
  for (int i = 0; i < kTimedRuns; ++i) plan.run(handle_.get(), arguments, scratch);
  check(cudaEventRecord(stop.get(), stream_), "timing a convolution");
  check(cudaEventSynchronize(stop.get()), "timing a convolution by {}", plan.name());
  float time = 0;
  check(cudaEventElapsedTime(&time, start.get(), stop.get()), "timing a convolution");
  return time / kTimedRuns;
}

bool CudnnConv::repeats_its_bits(const ConvPlan& plan, const ConvKey& key, const ConvArguments& arguments) {
  const OutputOf output = output_of(key, arguments);
  const std::size_t bytes = std::min(output.bytes, kComparedBytes);
  std::vector<std::byte> first(bytes), again(bytes);
  void* const scratch = workspace_.get(Purpose::library, plan.workspace_bytes());
  for (int i = 0; i < kComparedRuns; ++i) {
    plan.run(handle_.get(), arguments, scratch);
    check(cudaMemcpyAsync(i == 0 ? first.data() : again.data(), output.data, bytes, cudaMemcpyDeviceToHost,
                          stream_),
          "reading what a convolution gave");
    check(cudaStreamSynchronize(stream_), "comparing two runs of {}", plan.name());
    if (i > 0 && first != again) return false;
  }
  return true;
}

void CudnnConv::run(const ConvKey& key, const ConvArguments& arguments) {
  const ConvPlan& chosen = plan(key, arguments);
  last_choice_ = chosen.name();
  chosen.run(handle_.get(), arguments, workspace_.get(Purpose::library, chosen.workspace_bytes()));
}

void CudnnConv::forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
                        ConstTensor bias, Tensor y) {
  run_forward(options_.format, conv, activation, x, filter, nullptr, bias, y);
}

void CudnnConv::forward_e4m3(const Conv3dGeometry& conv, Activation activation, ConstTensor x,
                             ConstTensor filter, ConstTensor factors, ConstTensor bias, Tensor y) {
  run_forward(e4m3_format(y.type()), conv, activation, x, filter, factors.data(), bias, y);
}

void CudnnConv::linear_e4m3(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor factors,
                            ConstTensor bias, Tensor y) {
  const auto as_pixels = [](const auto& matrix) {
    return matrix.reshaped({matrix.shape()[0], 1, 1, 1, matrix.shape()[1]});
  };
  forward_e4m3({.kernel = {1, 1, 1}, .pad = {0, 0, 0}}, activation, as_pixels(x), as_pixels(weight), factors,
               bias, as_pixels(y));
}

void CudnnConv::run_forward(const Format& format, const Conv3dGeometry& conv, Activation activation,
                            ConstTensor x, ConstTensor filter, const void* factors, ConstTensor bias,
                            Tensor y) {
  const std::int64_t clips = x.shape()[0], part = part_of(x, y);
  for (std::int64_t first = 0; first < clips; first += part) {
    const std::int64_t count = std::min(part, clips - first);
    const ConstTensor x_part = x.rows(first, count);
    run(ConvKey::of(ConvDirection::forward, conv, x_part.shape(), filter.shape(), format, activation),
        {x_part.data(), filter.data(), bias.data(), y.rows(first, count).data(), factors});
  }
}

void CudnnConv::backward_data(const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy, Tensor dx) {
  const std::int64_t clips = dx.shape()[0], part = part_of(dx, dy);
  for (std::int64_t first = 0; first < clips; first += part) {
    const std::int64_t count = std::min(part, clips - first);
    const Tensor dx_part = dx.rows(first, count);
    run(ConvKey::of(ConvDirection::backward_data, conv, dx_part.shape(), filter.shape(), options_.format),
        {dx_part.data(), filter.data(), nullptr, dy.rows(first, count).data()});
  }
}

void CudnnConv::backward_filter(const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy, Tensor dfilter,
                                bool adds) {
  const std::int64_t clips = x.shape()[0], part = part_of(x, dy);
  const DType type = options_.format.storage;
  const auto bytes = static_cast<std::size_t>(dfilter.count()) * size_of(type);
  for (std::int64_t first = 0; first < clips; first += part) {
    const std::int64_t count = std::min(part, clips - first);
    const ConstTensor x_part = x.rows(first, count);
    const bool adds_here = adds || first > 0;
    const bool direct = type == DType::f32 && !adds_here;
    std::byte* const gradient = direct ? dfilter.data() : workspace_.get(Purpose::filter_gradient, bytes);
    run(ConvKey::of(ConvDirection::backward_filter, conv, x_part.shape(), dfilter.shape(), options_.format),
        {x_part.data(), gradient, nullptr, dy.rows(first, count).data()});
    if (direct) continue;
    check(type == DType::bf16 ? widen_bf16(gradient, dfilter.as<float>(), adds_here, dfilter.count(), stream_)
                              : accumulate(Element::f32, gradient, dfilter.data(), dfilter.count(), stream_),
          "adding a filter gradient");
  }
}

}  // namespace c3d::cuda
