#include "benchmarks/onednn_convolutions.h"

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <dnnl.hpp>
#include <unordered_map>
#include <vector>

namespace c3d {
namespace {

using dnnl::memory;

const memory::dims kOnes{1, 1, 1};

struct Descriptions {
  memory::desc x, y, filter, bias;
};

struct Run {
  dnnl::primitive primitive;
  std::unordered_map<int, memory> arguments;
};

// Memory with small values in it: zeros could be cheaper than numbers, and NaN dearer.
memory filled(const dnnl::engine& engine, const memory::desc& description) {
  memory values(description, engine);
  if (description.get_size() == 0) return values;
  auto* bytes = static_cast<std::uint8_t*>(values.get_data_handle());
  const bool bf16 = description.data_type() == memory::data_type::bf16;
  for (std::size_t i = 0; i < description.get_size(); ++i) {
    const bool top = bf16 ? i % 2 == 1 : i % 4 == 3;
    bytes[i] =
        top ? static_cast<std::uint8_t>(0x3d + (i / 4 % 2) * 0x80) : static_cast<std::uint8_t>(i * 37 % 128);
  }
  return values;
}

dnnl::convolution_forward::primitive_desc forward_description(const dnnl::engine& engine,
                                                              const Descriptions& of, bool relu) {
  dnnl::primitive_attr attributes;
  if (relu) {
    dnnl::post_ops after;
    after.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    attributes.set_post_ops(after);
  }
  const dnnl::convolution_forward::desc what(
      relu ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training,
      dnnl::algorithm::convolution_direct, of.x, of.filter, of.bias, of.y, kOnes, kOnes, kOnes);
  return {what, attributes, engine};
}

Run forward(const dnnl::engine& engine, const Descriptions& of) {
  const auto description = forward_description(engine, of, true);
  return {dnnl::primitive(description),
          {{DNNL_ARG_SRC, filled(engine, description.src_desc())},
           {DNNL_ARG_WEIGHTS, filled(engine, description.weights_desc())},
           {DNNL_ARG_BIAS, filled(engine, description.bias_desc())},
           {DNNL_ARG_DST, filled(engine, description.dst_desc())}}};
}

Run backward_data(const dnnl::engine& engine, const Descriptions& of) {
  const dnnl::convolution_backward_data::desc what(dnnl::algorithm::convolution_direct, of.x, of.filter, of.y,
                                                   kOnes, kOnes, kOnes);
  const dnnl::convolution_backward_data::primitive_desc description(what, engine,
                                                                    forward_description(engine, of, false));
  return {dnnl::primitive(description),
          {{DNNL_ARG_DIFF_SRC, filled(engine, description.diff_src_desc())},
           {DNNL_ARG_WEIGHTS, filled(engine, description.weights_desc())},
           {DNNL_ARG_DIFF_DST, filled(engine, description.diff_dst_desc())}}};
}

Run backward_filter(const dnnl::engine& engine, const Descriptions& of) {
  const memory::desc dfilter(of.filter.dims(), memory::data_type::f32, memory::format_tag::any);
  const memory::desc dbias(of.bias.dims(), memory::data_type::f32, memory::format_tag::a);
  const dnnl::convolution_backward_weights::desc what(dnnl::algorithm::convolution_direct, of.x, dfilter,
                                                      dbias, of.y, kOnes, kOnes, kOnes);
  const dnnl::convolution_backward_weights::primitive_desc description(
      what, engine, forward_description(engine, of, false));
  return {dnnl::primitive(description),
          {{DNNL_ARG_SRC, filled(engine, description.src_desc())},
           {DNNL_ARG_DIFF_DST, filled(engine, description.diff_dst_desc())},
           {DNNL_ARG_DIFF_WEIGHTS, filled(engine, description.diff_weights_desc())},
           {DNNL_ARG_DIFF_BIAS, filled(engine, dbias)}}};
}

double median_seconds(const dnnl::engine& engine, Run& run, int repeats) {
  dnnl::stream stream(engine);
  std::vector<double> seconds;
  for (int i = 0; i <= repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run.primitive.execute(stream, run.arguments);
    stream.wait();
    if (i > 0)
      seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

}  // namespace

double onednn_convolution_seconds(const Shape& x, std::int64_t filters, ConvolutionPass pass,
                                  Precision precision, int threads, int repeats) {
  expect(x.rank() == 5 && x.count() > 0 && filters > 0 && threads > 0 && repeats > 0,
         "onednn_convolution_seconds: {} with {} filters, {} threads and {} repeats cannot be timed",
         to_string(x), filters, threads, repeats);
  const int threads_before = omp_get_max_threads();
  omp_set_num_threads(threads);
  const auto type = precision == Precision::bf16 ? memory::data_type::bf16 : memory::data_type::f32;
  const Descriptions of{.x = {{x[0], x[4], x[1], x[2], x[3]}, type, memory::format_tag::ndhwc},
                        .y = {{x[0], filters, x[1], x[2], x[3]}, type, memory::format_tag::ndhwc},
                        .filter = {{filters, x[4], 3, 3, 3}, type, memory::format_tag::any},
                        .bias = {memory::dims{filters}, type, memory::format_tag::a}};
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  Run run = pass == ConvolutionPass::forward         ? forward(engine, of)
            : pass == ConvolutionPass::backward_data ? backward_data(engine, of)
                                                     : backward_filter(engine, of);
  const double seconds = median_seconds(engine, run, repeats);
  omp_set_num_threads(threads_before);
  return seconds;
}

}  // namespace c3d
