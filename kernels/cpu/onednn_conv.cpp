#include "kernels/cpu/onednn_conv.h"

#include <dnnl.hpp>

#include <cstring>
#include <list>
#include <unordered_map>
#include <utility>

#include "kernels/cpu/loops.h"

// From version 3 on the bf16 backward filter is wrong for inputs of depth 2 (C3D's conv5a and conv5b).
static_assert(DNNL_VERSION_MAJOR == 2, "this file is written for, and right with, oneDNN 2");

namespace c3d::cpu {
namespace {

using dnnl::memory;
using Arguments = std::unordered_map<int, memory>;

memory::data_type library_type(DType type) {
  return type == DType::bf16 ? memory::data_type::bf16 : memory::data_type::f32;
}

// [N,D,H,W,C] and [K,kd,kh,kw,C] are both N C D H W to oneDNN, whatever the order in memory.
memory::dims library_dims(const Shape& shape) { return {shape[0], shape[4], shape[1], shape[2], shape[3]}; }

memory::dims library_dims(const Extent3& extent) { return {extent.d, extent.h, extent.w}; }

memory::desc activations(const Shape& shape, DType type) {
  return {library_dims(shape), library_type(type), memory::format_tag::ndhwc};
}

memory::desc any_filter(const Shape& filter, DType type) {
  return {library_dims(filter), library_type(type), memory::format_tag::any};
}

memory::desc vector_of(std::int64_t count, DType type) {
  return {memory::dims{count}, library_type(type), memory::format_tag::a};
}

// The first `channels` channels of a filter as the engine stores it.
memory::desc stored_filter(const Shape& filter, std::int64_t channels, DType type) {
  const std::int64_t w = filter[4], h = w * filter[3], d = h * filter[2], k = d * filter[1];
  memory::dims dims = library_dims(filter);
  dims[1] = channels;
  return {dims, library_type(type), memory::dims{k, 1, d, h, w}};
}

void* handle(ConstTensor tensor) {
  return const_cast<std::byte*>(tensor.data());  // NOLINT: oneDNN's memory has no const; inputs are only read
}

Shape with_channels(const Shape& shape, std::int64_t channels) {
  return {shape[0], shape[1], shape[2], shape[3], channels};
}

Shape exchanged(const Shape& filter) { return {filter[4], filter[1], filter[2], filter[3], filter[0]}; }

bool runs_as_forward(const Conv3dGeometry& g) {
  return g.stride == Extent3{1, 1, 1} && g.pad.d < g.kernel.d && g.pad.h < g.kernel.h && g.pad.w < g.kernel.w;
}

std::int64_t used_channels(const Conv3dGeometry& geometry, const Shape& x) {
  return geometry.used_input_channels == 0 ? x[4] : geometry.used_input_channels;
}

Shape output_shape(const Conv3dGeometry& geometry, const Shape& x, const Shape& filter) {
  const Extent3 extent = output_extent(geometry, {x[1], x[2], x[3]});
  return {x[0], extent.d, extent.h, extent.w, filter[0]};
}

dnnl::primitive_attr user_scratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

// oneDNN numbers the sets by their parts, one bit each.
bool includes(dnnl::cpu_isa all, dnnl::cpu_isa part) {
  return (static_cast<unsigned>(all) & static_cast<unsigned>(part)) == static_cast<unsigned>(part);
}

struct Key {
  ConvPass pass;
  Shape x, filter;
  Conv3dGeometry geometry;
  friend bool operator==(const Key&, const Key&) = default;
};

// A primitive with all it needs but the pointers.
struct Plan {
  Key key;
  dnnl::primitive primitive{};
  std::string implementation{};
  memory::desc filter{};  // or the filter's gradient, in the order oneDNN chose
  std::size_t scratchpad_bytes = 0;
  bool mirrored = false;  // backward data as a forward convolution
  Arguments arguments{};

  void set(int argument, void* data) { arguments.at(argument).set_data_handle(data); }
};

// A copy of one filter in the order of one or several plans.
struct PackedFilter {
  const std::byte* source;
  Shape shape;
  std::int64_t channels;
  bool mirrored;
  memory::desc order;
  memory packed;
  bool stale = true;
};

}  // namespace

struct OnednnConv::State {
  DType type;
  int threads;
  Workspace& workspace;
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  std::list<Plan> plans{};
  std::list<PackedFilter> filters{};
  std::list<std::pair<std::pair<memory::desc, memory::desc>, dnnl::reorder>> reorders{};

  memory empty_memory(const memory::desc& desc) const { return {desc, engine, nullptr}; }

  template <typename PrimitiveDesc>
  void finish(Plan& plan, const PrimitiveDesc& description) const {
    plan.primitive = dnnl::primitive(description);
    plan.implementation = description.impl_info_str();
    plan.scratchpad_bytes = description.scratchpad_desc().get_size();
    plan.arguments.emplace(DNNL_ARG_SCRATCHPAD, empty_memory(description.scratchpad_desc()));
  }

  // Forward, with or without bias.
  dnnl::convolution_forward::primitive_desc describe_forward(const Conv3dGeometry& g, const Shape& x,
                                                             const Shape& filter, const Shape& y,
                                                             bool bias) const {
    constexpr auto kKind = dnnl::prop_kind::forward_training;
    constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
    const memory::dims stride = library_dims(g.stride), pad = library_dims(g.pad);
    const memory::desc from = activations(x, type), weights = any_filter(filter, type),
                       to = activations(y, type);
    const auto description =
        bias ? dnnl::convolution_forward::desc(kKind, kAlgorithm, from, weights, vector_of(filter[0], type),
                                               to, stride, pad, pad)
             : dnnl::convolution_forward::desc(kKind, kAlgorithm, from, weights, to, stride, pad, pad);
    return {description, user_scratchpad(), engine};
  }

  void build_forward(Plan& plan) const {
    const auto& [pass, x, filter, geometry] = plan.key;
    const auto description = describe_forward(geometry, x, filter, output_shape(geometry, x, filter), true);
    finish(plan, description);
    plan.filter = description.weights_desc();
    plan.arguments.emplace(DNNL_ARG_SRC, empty_memory(description.src_desc()));
    plan.arguments.emplace(DNNL_ARG_WEIGHTS, empty_memory(description.weights_desc()));
    plan.arguments.emplace(DNNL_ARG_BIAS, empty_memory(description.bias_desc()));
    plan.arguments.emplace(DNNL_ARG_DST, empty_memory(description.dst_desc()));
  }

  void build_backward_data(Plan& plan) const {
    const auto& [pass, x, filter, geometry] = plan.key;
    const Shape y = output_shape(geometry, x, filter);
    plan.mirrored = runs_as_forward(geometry);
    if (plan.mirrored) {
      Conv3dGeometry turned = geometry;
      const auto& [kernel, pad] = std::pair(geometry.kernel, geometry.pad);
      turned.pad = {kernel.d - 1 - pad.d, kernel.h - 1 - pad.h, kernel.w - 1 - pad.w};
      const auto description = describe_forward(turned, y, exchanged(filter), x, false);
      finish(plan, description);
      plan.filter = description.weights_desc();
      plan.arguments.emplace(DNNL_ARG_SRC, empty_memory(description.src_desc()));
      plan.arguments.emplace(DNNL_ARG_DST, empty_memory(description.dst_desc()));
    } else {
      const memory::dims stride = library_dims(geometry.stride), pad = library_dims(geometry.pad);
      const dnnl::convolution_backward_data::desc what(dnnl::algorithm::convolution_direct,
                                                       activations(x, type), any_filter(filter, type),
                                                       activations(y, type), stride, pad, pad);
      const dnnl::convolution_backward_data::primitive_desc description(
          what, user_scratchpad(), engine, describe_forward(geometry, x, filter, y, false));
      finish(plan, description);
      plan.filter = description.weights_desc();
      plan.arguments.emplace(DNNL_ARG_DIFF_DST, empty_memory(description.diff_dst_desc()));
      plan.arguments.emplace(DNNL_ARG_DIFF_SRC, empty_memory(description.diff_src_desc()));
    }
    plan.arguments.emplace(DNNL_ARG_WEIGHTS, empty_memory(plan.filter));
  }

  void build_backward_filter(Plan& plan) const {
    const auto& [pass, x, filter, geometry] = plan.key;
    const Shape y = output_shape(geometry, x, filter);
    const memory::dims stride = library_dims(geometry.stride), pad = library_dims(geometry.pad);
    const dnnl::convolution_backward_weights::desc what(
        dnnl::algorithm::convolution_direct, activations(x, type), any_filter(filter, DType::f32),
        vector_of(filter[0], DType::f32), activations(y, type), stride, pad, pad);
    const dnnl::convolution_backward_weights::primitive_desc description(
        what, user_scratchpad(), engine, describe_forward(geometry, x, filter, y, true));
    finish(plan, description);
    plan.filter = description.diff_weights_desc();
    plan.arguments.emplace(DNNL_ARG_SRC, empty_memory(description.src_desc()));
    plan.arguments.emplace(DNNL_ARG_DIFF_DST, empty_memory(description.diff_dst_desc()));
    plan.arguments.emplace(DNNL_ARG_DIFF_WEIGHTS, empty_memory(description.diff_weights_desc()));
    plan.arguments.emplace(DNNL_ARG_DIFF_BIAS, empty_memory(description.diff_bias_desc()));
  }

  Plan& plan(const Key& key) {
    for (Plan& known : plans) {
      if (known.key == key) return known;
    }
    Plan made{.key = key};
    try {
      if (key.pass == ConvPass::forward) build_forward(made);
      if (key.pass == ConvPass::backward_data) build_backward_data(made);
      if (key.pass == ConvPass::backward_filter) build_backward_filter(made);
    } catch (const dnnl::error& error) {
      fail("conv3d: oneDNN has no kernel for x {} and filter {}: {}", to_string(key.x), to_string(key.filter),
           error.what());
    }
    return plans.emplace_back(std::move(made));
  }

  void run(Plan& plan) {
    plan.set(DNNL_ARG_SCRATCHPAD, workspace.get(Purpose::library, plan.scratchpad_bytes));
    plan.primitive.execute(stream, plan.arguments);
    stream.wait();
  }

  const dnnl::reorder& reorder(const memory::desc& from, const memory::desc& to) {
    for (const auto& [descriptions, known] : reorders) {
      if (descriptions.first == from && descriptions.second == to) return known;
    }
    const dnnl::reorder::primitive_desc description(engine, from, engine, to);
    return reorders.emplace_back(std::pair(from, to), dnnl::reorder(description)).second;
  }

  // One tap of a packed filter, as seen from that tap's first element.
  static memory::desc tap_of(const memory::desc& order, const Shape& filter) {
    memory::desc tap = order.submemory_desc({filter[4], filter[0], 1, 1, 1}, {0, 0, 0, 0, 0});
    tap.data.offset0 = 0;
    return tap;
  }

  // The filter with its channel axes exchanged and its taps mirrored, tap by tap.
  void pack_mirrored(const PackedFilter& filter, const std::byte* first) {
    const Shape& shape = filter.shape;
    const std::int64_t taps = shape[1] * shape[2] * shape[3], channels = shape[4];
    const memory::desc from({channels, shape[0], 1, 1, 1}, library_type(type),
                            memory::dims{1, taps * channels, taps * channels, taps * channels, channels});
    const memory::desc to = tap_of(filter.order, shape);
    const dnnl::reorder& copy_tap = reorder(from, to);
    memory source = empty_memory(from), target = empty_memory(to);
    auto* packed = static_cast<std::byte*>(filter.packed.get_data_handle());
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      const std::int64_t turned = taps - 1 - tap;
      const std::int64_t w = turned % shape[3], h = turned / shape[3] % shape[2],
                         d = turned / shape[3] / shape[2];
      const memory::desc place = filter.order.submemory_desc({channels, shape[0], 1, 1, 1}, {0, 0, d, h, w});
      const std::size_t element = size_of(type);
      source.set_data_handle(handle({first + static_cast<std::size_t>(tap * channels) * element, {1}, type}));
      target.set_data_handle(packed + static_cast<std::size_t>(place.data.offset0) * element);
      copy_tap.execute(stream, source, target);
    }
  }

  // The filter with zeros in the channels that are not used, where the packed copy has room for all of them.
  const std::byte* masked(const PackedFilter& filter) {
    if (filter.channels == filter.shape[4] ||
        filter.order.dims()[filter.mirrored ? 0 : 1] == filter.channels) {
      return filter.source;
    }
    const Tensor copy(
        workspace.get(Purpose::sums, static_cast<std::size_t>(filter.shape.count()) * size_of(type)),
        filter.shape, type);
    mask_channels(threads, {filter.source, filter.shape, type}, filter.channels, copy);
    return copy.data();
  }

  void pack(PackedFilter& filter) {
    const std::byte* from = masked(filter);
    if (filter.mirrored) {
      pack_mirrored(filter, from);
    } else {
      const memory::desc stored = stored_filter(filter.shape, filter.order.dims()[1], type);
      memory source(stored, engine, handle({from, {1}, type}));
      reorder(stored, filter.order).execute(stream, source, filter.packed);
    }
    stream.wait();
    filter.stale = false;
  }

  void* packed(ConstTensor filter, std::int64_t channels, const Plan& plan) {
    for (PackedFilter& known : filters) {
      if (known.source == filter.data() && known.shape == filter.shape() && known.channels == channels &&
          known.mirrored == plan.mirrored && known.order == plan.filter) {
        if (known.stale) pack(known);
        return known.packed.get_data_handle();
      }
    }
    filters.push_back(
        {filter.data(), filter.shape(), channels, plan.mirrored, plan.filter, {plan.filter, engine}});
    pack(filters.back());
    return filters.back().packed.get_data_handle();
  }

  // x without the channels that are zero anyway.
  ConstTensor used(ConstTensor x, std::int64_t channels) {
    if (channels == x.shape()[4]) return x;
    const Shape shape = with_channels(x.shape(), channels);
    const std::size_t bytes = static_cast<std::size_t>(shape.count()) * size_of(type);
    const Tensor kept(workspace.get(Purpose::used_channels, bytes), shape, type);
    keep_channels(threads, x, kept);
    return kept;
  }

  Key key(ConvPass pass, const Conv3dGeometry& geometry, const Shape& x, const Shape& filter) const {
    Key result{pass, x, filter, geometry};
    if (pass != ConvPass::backward_data) {
      const std::int64_t channels = used_channels(geometry, x);
      result.x = with_channels(x, channels);
      result.filter = with_channels(filter, channels);
    }
    result.geometry.used_input_channels = 0;
    return result;
  }
};

OnednnConv::OnednnConv(DType type, int threads, Workspace& workspace)
    : state_(new State{.type = type, .threads = threads, .workspace = workspace}) {}
OnednnConv::~OnednnConv() = default;

void OnednnConv::forward(const Conv3dGeometry& geometry, ConstTensor x, ConstTensor filter, ConstTensor bias,
                         Tensor y) {
  const std::int64_t channels = used_channels(geometry, x.shape());
  Plan& plan = state_->plan(state_->key(ConvPass::forward, geometry, x.shape(), filter.shape()));
  plan.set(DNNL_ARG_SRC, handle(state_->used(x, channels)));
  plan.set(DNNL_ARG_WEIGHTS, state_->packed(filter, channels, plan));
  plan.set(DNNL_ARG_BIAS, handle(bias));
  plan.set(DNNL_ARG_DST, y.data());
  state_->run(plan);
}

void OnednnConv::backward_data(const Conv3dGeometry& geometry, ConstTensor filter, ConstTensor dy,
                               Tensor dx) {
  Plan& plan = state_->plan(state_->key(ConvPass::backward_data, geometry, dx.shape(), filter.shape()));
  plan.set(plan.mirrored ? DNNL_ARG_SRC : DNNL_ARG_DIFF_DST, handle(dy));
  plan.set(DNNL_ARG_WEIGHTS, state_->packed(filter, used_channels(geometry, dx.shape()), plan));
  plan.set(plan.mirrored ? DNNL_ARG_DST : DNNL_ARG_DIFF_SRC, dx.data());
  state_->run(plan);
}

void OnednnConv::backward_filter(const Conv3dGeometry& geometry, ConstTensor x, ConstTensor dy,
                                 Tensor dfilter, Tensor dbias) {
  const std::int64_t channels = used_channels(geometry, x.shape());
  const std::int64_t filters = dy.shape()[4];
  const Shape filter{filters, geometry.kernel.d, geometry.kernel.h, geometry.kernel.w, x.shape()[4]};
  Plan& plan = state_->plan(state_->key(ConvPass::backward_filter, geometry, x.shape(), filter));
  const std::size_t filter_bytes = plan.filter.get_size();
  std::byte* gradients = state_->workspace.get(
      Purpose::filter_gradient, filter_bytes + static_cast<std::size_t>(filters) * sizeof(float));
  plan.set(DNNL_ARG_SRC, handle(state_->used(x, channels)));
  plan.set(DNNL_ARG_DIFF_DST, handle(dy));
  plan.set(DNNL_ARG_DIFF_WEIGHTS, gradients);
  plan.set(DNNL_ARG_DIFF_BIAS, dbias.empty() ? gradients + filter_bytes : dbias.data());
  state_->run(plan);
  if (dfilter.empty()) return;

  if (channels != x.shape()[4]) std::memset(dfilter.data(), 0, dfilter.bytes());
  const memory::desc stored = stored_filter(dfilter.shape(), channels, DType::f32);
  memory source = plan.arguments.at(DNNL_ARG_DIFF_WEIGHTS);
  memory target(stored, state_->engine, dfilter.data());
  state_->reorder(plan.filter, stored).execute(state_->stream, source, target);
  state_->stream.wait();
}

void OnednnConv::parameters_changed() {
  for (PackedFilter& filter : state_->filters) filter.stale = true;
}

void OnednnConv::overwritten(const std::byte* data, std::size_t bytes) {
  for (PackedFilter& filter : state_->filters) {
    const std::size_t size = static_cast<std::size_t>(filter.shape.count()) * size_of(state_->type);
    if (filter.source < data + bytes && data < filter.source + size) filter.stale = true;
  }
}

void OnednnConv::freed(const std::byte* data, std::size_t bytes) {
  state_->filters.remove_if(
      [&](const PackedFilter& filter) { return filter.source >= data && filter.source < data + bytes; });
}

std::size_t OnednnConv::packed_bytes() const {
  std::size_t total = 0;
  for (const PackedFilter& filter : state_->filters) total += filter.order.get_size();
  return total;
}

std::vector<std::string> OnednnConv::implementations(ConvPass pass, const Conv3dGeometry& geometry,
                                                     const Shape& x, const Shape& filter) {
  const Plan& plan = state_->plan(state_->key(pass, geometry, x, filter));
  const std::int64_t channels = pass == ConvPass::backward_data ? filter[4] : used_channels(geometry, x);
  const auto copying = [&](const memory::desc& from, const memory::desc& to) {
    return std::string(
        dnnl::reorder::primitive_desc(state_->engine, from, state_->engine, to).impl_info_str());
  };
  std::string copied;
  if (pass == ConvPass::backward_filter) {
    copied = copying(plan.filter, stored_filter(filter, channels, DType::f32));
  } else if (plan.mirrored) {
    const std::int64_t taps = filter[1] * filter[2] * filter[3], row = taps * channels;
    copied = copying(
        {{channels, filter[0], 1, 1, 1}, library_type(state_->type), memory::dims{1, row, row, row, row}},
        State::tap_of(plan.filter, filter));
  } else {
    copied = copying(stored_filter(filter, channels, state_->type), plan.filter);
  }
  return {plan.implementation, copied};
}

bool onednn_has_bf16() { return includes(dnnl::get_effective_cpu_isa(), dnnl::cpu_isa::avx512_core_bf16); }

std::string onednn_description() {
  const dnnl_version_t& version = *dnnl::version();
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  const char* set = "SSE 4.1";
  if (includes(isa, dnnl::cpu_isa::avx)) set = "AVX";
  if (includes(isa, dnnl::cpu_isa::avx2)) set = "AVX2";
  if (includes(isa, dnnl::cpu_isa::avx512_core)) set = "AVX-512";
  if (includes(isa, dnnl::cpu_isa::avx512_core_bf16)) set = "AVX-512 with bf16";
  return fmt::format("oneDNN {}.{}.{}, {}", version.major, version.minor, version.patch, set);
}

}  // namespace c3d::cpu
