#include "kernels/cpu/convolution/convolutions.h"

#include <algorithm>
#include <chrono>

#include "engine/core/clip_groups.h"
#include "engine/core/op_shapes.h"

namespace c3d::cpu {
namespace {

// Of a convolution's output, or of its gradient, at a time: as much as the last cache of today's processors
// may hold, so that the next op reads what has just been written.
constexpr std::int64_t kGroupBytes = std::int64_t{32} << 20;

std::int64_t valid_channels(const Conv3dGeometry& geometry, std::int64_t channels) {
  return geometry.valid_input_channels == 0 ? channels : geometry.valid_input_channels;
}

ConvolutionJob forward_job(const Conv3dGeometry& geometry, const Shape& x, const Shape& filter) {
  ConvolutionJob job;
  job.clips = x[0];
  job.in = extent_of(x);
  job.out = output_extent(geometry, job.in);
  job.kernel = geometry.kernel;
  job.stride = geometry.stride;
  job.pad = geometry.pad;
  job.in_channels = x[4];
  job.valid_channels = valid_channels(geometry, x[4]);
  job.out_channels = filter[0];
  return job;
}

// dy is what it reads and dx what it writes.
ConvolutionJob backward_data_job(const Conv3dGeometry& geometry, const Shape& dx, const Shape& filter) {
  const ConvolutionJob forward = forward_job(geometry, dx, filter);
  ConvolutionJob job = forward;
  job.in = forward.out;
  job.out = forward.in;
  job.in_channels = job.valid_channels = filter[0];
  job.out_channels = dx[4];
  return job;
}

Shape convolved_shape(const ConvolutionJob& job) {
  return {job.clips, job.out.d, job.out.h, job.out.w, job.out_channels};
}

ConvolutionChoice choice_of(const Candidate& candidate, const Blocking& blocking) {
  return {.implementation = candidate.implementation,
          .separate_pool = candidate.separate_pool,
          .blocking = blocking};
}

// The candidate of this choice; null: there is none.
const Candidate* find(const std::vector<Candidate>& all, const ConvolutionChoice& choice) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Candidate& candidate) {
    return candidate.implementation == choice.implementation &&
           candidate.separate_pool == choice.separate_pool;
  });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

Convolutions::Convolutions(DType type, const ConvolutionOptions& options, Workspace& workspace)
    : type_(type),
      format_(type == DType::f32      ? kFormatF32
              : options.bf16_products ? kFormatBf16
                                      : kFormatBf16InF32),
      options_(options),
      workspace_(workspace),
      filters_(options.threads, options.max_filter_bytes, workspace) {}

const TypeKernels& Convolutions::kernels() const {
  return type_ == DType::f32 ? options_.kernels->f32 : *options_.kernels->bf16_in_f32;
}

Convolutions::Call Convolutions::call(ConvolutionPass pass, const ConvolutionJob& job, ConstTensor filter) {
  Call call;
  static_cast<ConvolutionSizes&>(call.key) = job;
  static_cast<ConvolutionRequest&>(call.key) = {pass, format_, options_.direct, options_.inference};
  call.job = job;
  call.filter = filters_of(call.key);
  call.filter.filter = filter.data();
  call.filter_bytes = filter.bytes();
  if (pass == ConvolutionPass::backward_filter || filters_.max_bytes() == 0) return call;
  const auto share = static_cast<std::int64_t>(filters_.share(call.filter_bytes));
  const auto [most, is_new] = max_filter_bytes_.try_emplace(call.key);
  if (is_new) most->second = max_filter_bytes(*options_.kernels, call.key);
  if (most->second > share) call.key.within_bytes = share;
  return call;
}

Convolutions::Call Convolutions::data_call(const Conv3dGeometry& geometry, ConstTensor filter, ConstTensor dy,
                                           Tensor dx) {
  ConvolutionJob job = backward_data_job(geometry, dx.shape(), filter.shape());
  job.x = dy.data();
  job.y = dx.data();
  return call(ConvolutionPass::backward_data, job, filter);
}

Convolutions::Call Convolutions::filter_call(const Conv3dGeometry& geometry, const Extent3& window,
                                             ConstTensor x, ConstTensor dy, Tensor dfilter) {
  ConvolutionJob job = forward_job(geometry, x.shape(), dfilter.shape());
  job.x = x.data();
  job.window = window;
  Call gradient = call(ConvolutionPass::backward_filter, job, dfilter);
  gradient.dy = dy.data();
  gradient.dfilter = dfilter;
  return gradient;
}

void Convolutions::forward(const Conv3dGeometry& geometry, Activation activation, ConstTensor x,
                           ConstTensor filter, ConstTensor bias, Tensor y) {
  ConvolutionJob job = forward_job(geometry, x.shape(), filter.shape());
  job.x = x.data();
  job.bias = bias.data();
  job.y = y.data();
  job.relu = activation == Activation::relu;
  multiplications_ = {};
  run(call(ConvolutionPass::forward, job, filter));
}

void Convolutions::forward_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, ConstTensor x,
                                  ConstTensor filter, ConstTensor bias, Tensor y, Tensor argmax) {
  ConvolutionJob job = forward_job(geometry, x.shape(), filter.shape());
  job.x = x.data();
  job.bias = bias.data();
  job.y = y.data();
  job.relu = true;
  job.window = window_of(pool);
  job.argmax = argmax.empty() ? nullptr : argmax.as<std::uint8_t>();
  Call pooled = call(ConvolutionPass::forward, job, filter);
  pooled.pool = &pool;
  pooled.y = y;
  pooled.argmax = argmax;
  multiplications_ = {};
  run(pooled);
}

void Convolutions::backward_data(const Conv3dGeometry& geometry, ConstTensor filter, ConstTensor dy,
                                 Tensor dx) {
  multiplications_ = {};
  run(data_call(geometry, filter, dy, dx));
}

void Convolutions::backward_filter(const Conv3dGeometry& geometry, ConstTensor x, ConstTensor dy,
                                   Tensor dfilter) {
  multiplications_ = {};
  run(filter_call(geometry, kNoWindow, x, dy, dfilter));
}

void Convolutions::backward_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, ConstTensor x,
                                   ConstTensor filter, ConstTensor argmax, ConstTensor y, ConstTensor dy,
                                   Tensor dx, Tensor dfilter) {
  const PoolGradient gradient{.argmax = argmax, .y = y, .dy = dy};
  multiplications_ = {};
  if (dx.empty()) {
    if (dfilter.empty()) return;
    Call pooled = filter_call(geometry, window_of(pool), x, {}, dfilter);
    pooled.pool = &pool;
    pooled.pool_gradient = gradient;
    run(pooled);
    return;
  }
  for_each_spread(pool, gradient, conv3d_output(geometry, x.shape(), filter.shape()),
                  [&](std::int64_t first, Tensor dconvolved) {
                    const std::int64_t count = dconvolved.shape()[0];
                    if (!dfilter.empty()) {
                      add_gradient(dfilter, first > 0, [&](Tensor part) {
                        run(filter_call(geometry, kNoWindow, x.rows(first, count), dconvolved, part));
                      });
                    }
                    run(data_call(geometry, filter, dconvolved, dx.rows(first, count)));
                  });
}

void Convolutions::backward_bias(ConstTensor y, ConstTensor dy, Tensor dbias) {
  const std::int64_t channels = dy.shape()[4];
  const auto scratch = static_cast<std::size_t>(kernels().bias_scratch_bytes(channels));
  kernels().bias_gradient(options_.threads, dy.data(), y.data(),
                          dy.count() / std::max<std::int64_t>(channels, 1), channels, dbias.as<float>(),
                          workspace_.get(Purpose::transforms, scratch));
}

void Convolutions::run(const Call& call) {
  last_ = &chosen(call);
  const auto& [candidate, choice, multiplications] = *last_;
  multiplications_.count += multiplications.count;
  if (multiplications.type != DType::f32) multiplications_.type = multiplications.type;
  const std::byte* filters = call.key.pass == ConvolutionPass::backward_filter
                                 ? nullptr
                                 : filters_.get(*candidate.kernel, call.filter, call.filter_bytes);
  execute(call, candidate, choice.blocking, filters, call.job.clips);
}

const Convolutions::Chosen& Convolutions::chosen(const Call& call) {
  const auto known = chosen_.find(call.key);
  if (known != chosen_.end()) return known->second;
  const std::vector<Candidate> all = candidates(*options_.kernels, call.key);
  const auto keep = [&](const Candidate& candidate, const ConvolutionChoice& choice) -> const Chosen& {
    return chosen_[call.key] = {candidate, choice, multiplications(call.key, *candidate.kernel)};
  };
  const auto given = plan_.find(call.key);
  if (given != plan_.end()) return keep(*find(all, given->second), given->second);
  Fastest best{all.front(), blockings(call.key, *all.front().kernel, options_.threads).front()};
  if (options_.measure && call.key.clips > 0) best = fastest(call, all);
  const ConvolutionChoice choice = plan_[call.key] = choice_of(best.candidate, best.blocking);
  if (options_.measure && measured_hook_) measured_hook_(measured_, measured_seconds_);
  return keep(best.candidate, choice);
}

// On the call's own memory: what it writes is overwritten by the chosen kernel afterwards.
Fastest Convolutions::fastest(const Call& call, const std::vector<Candidate>& all) {
  const auto start = std::chrono::steady_clock::now();
  const std::size_t transforms = workspace_.bytes(Purpose::transforms),
                    convolved = workspace_.bytes(Purpose::convolved), sums = workspace_.bytes(Purpose::sums);
  AlignedBytes packed;
  const ConvolutionKernel* packed_for = nullptr;
  const Trials trials{
      .pack =
          [&](const Candidate& candidate) {
            if (call.key.pass == ConvolutionPass::backward_filter) return;
            if (packed_for != candidate.kernel) {
              packed.reset();
              packed =
                  allocate_aligned(static_cast<std::size_t>(candidate.kernel->filter_bytes(call.filter)));
              packed_for = candidate.kernel;
            }
            candidate.kernel->pack(options_.threads, call.filter, packed.get());
          },
      .run = [&](const Candidate& candidate, const Blocking& blocking,
                 std::int64_t clips) { execute(call, candidate, blocking, packed.get(), clips); }};
  Fastest found = measure(call.key, all, options_.threads, trials);
  workspace_.shrink(Purpose::transforms, transforms);
  workspace_.shrink(Purpose::convolved, convolved);
  workspace_.shrink(Purpose::sums, sums);
  ++measured_;
  measured_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return found;
}

void Convolutions::execute(const Call& call, const Candidate& candidate, const Blocking& blocking,
                           const std::byte* filters, std::int64_t clips) {
  const ConvolutionKernel& kernel = *candidate.kernel;
  ConvolutionJob job = prepared(call.key.pass, call.job, kernel);
  job.clips = clips;
  job.filters = filters;
  const bool separate_pool =
      call.pool != nullptr && (candidate.separate_pool || call.key.window == kNoWindow);
  if (call.key.pass != ConvolutionPass::backward_filter) {
    return separate_pool ? convolve_groups(call, kernel, job, blocking) : convolve(kernel, job, blocking);
  }
  if (separate_pool) return gradient_groups(call, kernel, job, blocking);
  FilterGradientJob filter_job{
      .forward = job, .dy = call.dy, .pooled = {}, .dfilter = call.dfilter.as<float>()};
  if (call.pool != nullptr) {
    const PoolGradient& pooled = call.pool_gradient;
    filter_job.pooled = {.dy = pooled.dy.data(),
                         .y = pooled.y.data(),
                         .argmax = pooled.argmax.as<std::uint8_t>(),
                         .extent = extent_of(pooled.dy.shape()),
                         .window = call.key.window};
  }
  gradient(kernel, filter_job, blocking);
}

void Convolutions::convolve(const ConvolutionKernel& kernel, const ConvolutionJob& job,
                            const Blocking& blocking) {
  const auto bytes = static_cast<std::size_t>(kernel.scratch_bytes(options_.threads, job, blocking));
  kernel.run(options_.threads, job, blocking, workspace_.get(Purpose::transforms, bytes));
}

void Convolutions::gradient(const ConvolutionKernel& kernel, const FilterGradientJob& job,
                            const Blocking& blocking) {
  const auto bytes = static_cast<std::size_t>(kernel.gradient_scratch_bytes(options_.threads, job, blocking));
  kernel.gradient(options_.threads, job, blocking, workspace_.get(Purpose::transforms, bytes));
}

// body(first clip, memory for the convolution's output of some clips)
template <typename Body>
void Convolutions::for_each_convolved(const Shape& convolved, const Body& body) {
  const auto element = static_cast<std::int64_t>(size_of(type_));
  const std::int64_t clip_bytes = convolved.with_first(1).count() * element;
  for_each_group(convolved[0], clips_within(kGroupBytes, clip_bytes),
                 [&](std::int64_t first, std::int64_t count) {
                   std::byte* const memory =
                       workspace_.get(Purpose::convolved, static_cast<std::size_t>(count * clip_bytes));
                   body(first, Tensor(memory, convolved.with_first(count), type_));
                 });
}

// body(first clip, the convolution's gradient of some clips)
template <typename Body>
void Convolutions::for_each_spread(const Pool3dGeometry& pool, const PoolGradient& gradient,
                                   const Shape& convolved, const Body& body) {
  for_each_convolved(convolved, [&](std::int64_t first, Tensor part) {
    const std::int64_t count = part.shape()[0];
    max_pool_backward(team(), pool, gradient.argmax.rows(first, count), gradient.y.rows(first, count),
                      gradient.dy.rows(first, count), part);
    body(first, part);
  });
}

// compute(part): the gradient of some clips, which is added to that of those before.
template <typename Compute>
void Convolutions::add_gradient(Tensor dfilter, bool adds, const Compute& compute) {
  if (!adds) return compute(dfilter);
  const Tensor part(workspace_.get(Purpose::sums, dfilter.bytes()), dfilter.shape(), DType::f32);
  compute(part);
  accumulate(team(), part, dfilter);
}

// `clips` of the job's, from `first` on.
ConvolutionJob Convolutions::part_of(const ConvolutionJob& job, std::int64_t first,
                                     std::int64_t clips) const {
  ConvolutionJob part = job;
  part.clips = clips;
  part.x = static_cast<const std::byte*>(job.x) +
           first * job.in.volume() * job.in_channels * static_cast<std::int64_t>(size_of(type_));
  part.window = kNoWindow;
  part.relu = false;  // the pooling's
  part.argmax = nullptr;
  return part;
}

void Convolutions::convolve_groups(const Call& call, const ConvolutionKernel& kernel,
                                   const ConvolutionJob& job, const Blocking& blocking) {
  for_each_convolved(convolved_shape(job), [&](std::int64_t first, Tensor convolved) {
    const std::int64_t count = convolved.shape()[0];
    ConvolutionJob part = part_of(job, first, count);
    part.y = convolved.data();
    convolve(kernel, part, blocking);
    max_pool(team(), *call.pool, Activation::relu, convolved, call.y.rows(first, count),
             call.argmax.empty() ? Tensor() : call.argmax.rows(first, count));
  });
}

void Convolutions::gradient_groups(const Call& call, const ConvolutionKernel& kernel,
                                   const ConvolutionJob& job, const Blocking& blocking) {
  for_each_spread(*call.pool, call.pool_gradient, convolved_shape(job),
                  [&](std::int64_t first, Tensor dconvolved) {
                    add_gradient(call.dfilter, first > 0, [&](Tensor dfilter) {
                      gradient(kernel,
                               {.forward = part_of(job, first, dconvolved.shape()[0]),
                                .dy = dconvolved.data(),
                                .pooled = {},
                                .dfilter = dfilter.as<float>()},
                               blocking);
                    });
                  });
}

void Convolutions::add_plan(const ConvolutionPlan& plan) {
  for (const auto& [key, choice] : plan) {
    expect(find(candidates(*options_.kernels, key), choice) != nullptr,
           "these kernels have no `{}` for the convolution `{}`", to_text(choice.implementation),
           to_text(key));
  }
  for (const auto& [key, choice] : plan) plan_[key] = choice;
  chosen_.clear();
  last_ = nullptr;
}

}  // namespace c3d::cpu
