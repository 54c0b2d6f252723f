#include "kernels/cpu/convolution/convolutions.h"

#include <algorithm>
#include <chrono>

#include "kernels/cpu/convolution/clip_groups.h"
#include "kernels/cpu/elementwise/loops.h"

namespace c3d::cpu {
namespace {

constexpr Extent3 kNoWindow{1, 1, 1};

Extent3 extent_of(const Shape& shape) { return {shape[1], shape[2], shape[3]}; }

std::int64_t used_channels(const Conv3dGeometry& geometry, std::int64_t channels) {
  return geometry.used_input_channels == 0 ? channels : geometry.used_input_channels;
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
  job.used = used_channels(geometry, x[4]);
  job.out_channels = filter[0];
  return job;
}

// dy is what it reads and dx what it writes.
ConvolutionJob backward_data_job(const Conv3dGeometry& geometry, const Shape& dx, const Shape& filter) {
  const ConvolutionJob forward = forward_job(geometry, dx, filter);
  ConvolutionJob job = forward;
  job.in = forward.out;
  job.out = forward.in;
  job.in_channels = job.used = filter[0];
  job.out_channels = dx[4];
  return job;
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
      filters_(options.threads, options.most_filter_bytes, workspace) {}

const TypeKernels& Convolutions::kernels() const {
  return type_ == DType::f32 ? options_.kernels->f32 : *options_.kernels->bf16_in_f32;
}

bool Convolutions::has_plain_windows(const Pool3dGeometry& pool) {
  const Extent3 none{0, 0, 0};
  return pool.kernel == pool.stride && pool.pad_before == none && pool.pad_after == none;
}

Convolutions::Call Convolutions::call(ConvolutionPass pass, const ConvolutionJob& job, ConstTensor filter) {
  Call call;
  static_cast<ConvolutionSizes&>(call.key) = job;
  static_cast<ConvolutionRequest&>(call.key) = {pass, format_, options_.direct, options_.inference};
  call.job = job;
  call.filter = filters_of(call.key);
  call.filter.filter = filter.data();
  call.filter_bytes = filter.bytes();
  if (pass == ConvolutionPass::backward_filter || filters_.most_bytes() == 0) return call;
  const auto share = static_cast<std::int64_t>(filters_.share(call.filter_bytes));
  const auto [most, is_new] = most_filter_bytes_.try_emplace(call.key);
  if (is_new) most->second = most_filter_bytes(*options_.kernels, call.key);
  if (most->second > share) call.key.within_bytes = share;
  return call;
}

void Convolutions::forward(const Conv3dGeometry& geometry, Activation activation, ConstTensor x,
                           ConstTensor filter, ConstTensor bias, Tensor y) {
  ConvolutionJob job = forward_job(geometry, x.shape(), filter.shape());
  job.x = x.data();
  job.bias = bias.data();
  job.y = y.data();
  job.relu = activation == Activation::relu;
  run(call(ConvolutionPass::forward, job, filter));
}

void Convolutions::forward_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, ConstTensor x,
                                  ConstTensor filter, ConstTensor bias, Tensor y, Tensor argmax) {
  ConvolutionJob job = forward_job(geometry, x.shape(), filter.shape());
  job.x = x.data();
  job.bias = bias.data();
  job.y = y.data();
  job.relu = true;
  job.window = pool.kernel;
  job.argmax = argmax.empty() ? nullptr : argmax.as<std::uint8_t>();
  run(call(ConvolutionPass::forward, job, filter));
}

void Convolutions::backward_data(const Conv3dGeometry& geometry, ConstTensor filter, ConstTensor dy,
                                 Tensor dx) {
  ConvolutionJob job = backward_data_job(geometry, dx.shape(), filter.shape());
  job.x = dy.data();
  job.y = dx.data();
  run(call(ConvolutionPass::backward_data, job, filter));
}

void Convolutions::backward_filter(const Conv3dGeometry& geometry, ConstTensor x, ConstTensor dy,
                                   Tensor dfilter) {
  ConvolutionJob job = forward_job(geometry, x.shape(), dfilter.shape());
  job.x = x.data();
  Call gradient = call(ConvolutionPass::backward_filter, job, dfilter);
  gradient.dy = dy.data();
  gradient.dfilter = dfilter.as<float>();
  run(gradient);
}

bool Convolutions::reads_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, ConstTensor x,
                                ConstTensor filter) {
  const Extent3& window = pool.kernel;
  if (!has_plain_windows(pool) || (window != Extent3{1, 2, 2} && window != Extent3{2, 2, 2})) return false;
  const Call unpooled =
      call(ConvolutionPass::backward_filter, forward_job(geometry, x.shape(), filter.shape()), filter);
  const auto [answer, is_new] = reads_pooled_.try_emplace(unpooled.key);
  if (is_new) answer->second = candidates(*options_.kernels, unpooled.key).front().kernel->reads_pooled;
  return answer->second;
}

void Convolutions::backward_filter_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool,
                                          ConstTensor x, ConstTensor argmax, ConstTensor y, ConstTensor dy,
                                          Tensor dfilter) {
  ConvolutionJob job = forward_job(geometry, x.shape(), dfilter.shape());
  job.x = x.data();
  job.window = pool.kernel;
  Call gradient = call(ConvolutionPass::backward_filter, job, dfilter);
  gradient.pooled = {.dy = dy.data(),
                     .y = y.data(),
                     .argmax = argmax.as<std::uint8_t>(),
                     .extent = extent_of(dy.shape()),
                     .window = pool.kernel};
  gradient.dfilter = dfilter.as<float>();
  run(gradient);
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
  const auto& [candidate, choice] = *last_;
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
    return chosen_[call.key] = {candidate, choice};
  };
  const auto given = plan_.find(call.key);
  if (given != plan_.end()) return keep(*find(all, given->second), given->second);
  Fastest best{all.front(), blockings(call.key, *all.front().kernel, options_.threads).front()};
  if (options_.measure && call.key.clips > 0) best = fastest(call);
  const ConvolutionChoice choice = plan_[call.key] = choice_of(best.candidate, best.blocking);
  if (options_.measure && measured_hook_) measured_hook_(measured_, measured_seconds_);
  return keep(best.candidate, choice);
}

// On the call's own memory: what it writes is overwritten by the chosen kernel afterwards.
Fastest Convolutions::fastest(const Call& call) {
  const auto start = std::chrono::steady_clock::now();
  const std::size_t transforms = workspace_.bytes(Purpose::transforms),
                    convolved = workspace_.bytes(Purpose::convolved);
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
  Fastest found = measure(call.key, candidates(*options_.kernels, call.key), options_.threads, trials);
  workspace_.shrink(Purpose::transforms, transforms);
  workspace_.shrink(Purpose::convolved, convolved);
  ++measured_;
  measured_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return found;
}

// A pooled convolution by a kernel that does not pool, some clips at a time.
template <typename Convolve>
void Convolutions::pool_groups(const ConvolutionJob& job, const Convolve& convolve) {
  const auto element = static_cast<std::int64_t>(size_of(type_));
  const Extent3 window = job.window;
  const Shape one{1, job.out.d, job.out.h, job.out.w, job.out_channels};
  const Shape pooled{job.clips, job.out.d / window.d, job.out.h / window.h, job.out.w / window.w,
                     job.out_channels};
  const Tensor y(static_cast<std::byte*>(job.y), pooled, type_);
  const Tensor argmax =
      job.argmax == nullptr ? Tensor() : Tensor(reinterpret_cast<std::byte*>(job.argmax), pooled, DType::u8);
  const std::int64_t group = clips_per_group(job.clips, one.count() * element);
  for (std::int64_t first = 0; first < job.clips; first += group) {
    ConvolutionJob part = job;
    part.clips = std::min(group, job.clips - first);
    const Shape shape = one.with_first(part.clips);
    part.x = static_cast<const std::byte*>(job.x) + first * job.in.volume() * job.in_channels * element;
    part.y = workspace_.get(Purpose::convolved, static_cast<std::size_t>(shape.count() * element));
    part.relu = false;  // the pooling's
    part.window = kNoWindow;
    part.argmax = nullptr;
    convolve(part);
    max_pool({&options_.kernels->elementwise, options_.threads}, {.kernel = window, .stride = window},
             Activation::relu, ConstTensor(static_cast<const std::byte*>(part.y), shape, type_),
             y.rows(first, part.clips), argmax.empty() ? Tensor() : argmax.rows(first, part.clips));
  }
}

void Convolutions::execute(const Call& call, const Candidate& candidate, const Blocking& blocking,
                           const std::byte* filters, std::int64_t clips) {
  const ConvolutionKernel& kernel = *candidate.kernel;
  const auto scratch = [&](std::int64_t bytes) {
    return workspace_.get(Purpose::transforms, static_cast<std::size_t>(bytes));
  };
  ConvolutionJob job = prepared(call.key.pass, call.job, kernel);
  job.clips = clips;
  job.filters = filters;
  if (call.key.pass == ConvolutionPass::backward_filter) {
    const FilterGradientJob gradient{
        .forward = job, .dy = call.dy, .pooled = call.pooled, .dfilter = call.dfilter};
    kernel.gradient(options_.threads, gradient, blocking,
                    scratch(kernel.gradient_scratch_bytes(options_.threads, gradient, blocking)));
    return;
  }
  const auto convolve = [&](const ConvolutionJob& part) {
    kernel.run(options_.threads, part, blocking,
               scratch(kernel.scratch_bytes(options_.threads, part, blocking)));
  };
  if (candidate.separate_pool) {
    pool_groups(job, convolve);
  } else {
    convolve(job);
  }
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
