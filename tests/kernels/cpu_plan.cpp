// The plan of the CPU backend's convolutions: its text, what is chosen and obeyed, what is kept in memory.
#include "kernels/cpu/convolution/choice/plan.h"

#include <set>
#include <string>
#include <vector>

#include "catch.h"
#include "kernels/cpu/convolution/choice/candidates.h"
#include "kernels/cpu/convolution/choice/measure.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/isa/kernel_sets.h"
#include "tests/support/array.h"
#include "tests/support/skip.h"

namespace c3d {
namespace {

using cpu::Algorithm;
using cpu::ConvolutionChoice;
using cpu::ConvolutionKey;
using cpu::ConvolutionPass;
using cpu::ConvolutionPlan;
using cpu::Division;
using cpu::Implementation;
using cpu::Products;

ConvolutionKey key_like_conv2() {
  ConvolutionKey key;
  key.clips = 2;
  key.in = key.out = {4, 12, 12};
  key.in_channels = key.valid_channels = 32;
  key.out_channels = 64;
  key.kernel = {3, 3, 3};
  return key;
}

// A convolution with a pool and one without, there and back.
struct Layers {
  Floats x = random_array({2, 4, 12, 12, 32}, 1), filter = random_array({64, 3, 3, 3, 32}, 2);
  Floats second_filter = random_array({32, 3, 3, 3, 64}, 3), bias = random_array({64}, 4);
  Floats pooled{{2, 2, 6, 6, 64}}, y{{2, 2, 6, 6, 32}}, dpooled{{2, 2, 6, 6, 64}}, dx{x.shape};
  Floats dfilter{filter.shape}, dsecond{second_filter.shape}, dbias{{64}}, dsecond_bias{{32}};
  Floats second_bias = random_array({32}, 5);
  Bytes argmax{{2, 2, 6, 6, 64}};

  std::vector<float> run(Backend& backend) {
    backend.conv3d_max_pool3d_forward({}, {}, x, filter, bias, pooled, argmax);
    backend.conv3d_forward({}, Activation::relu, pooled, second_filter, second_bias, y);
    backend.conv3d_backward_filter({}, pooled, y, dsecond, dsecond_bias);
    backend.conv3d_backward_data({}, second_filter, y, dpooled);
    backend.conv3d_max_pool3d_backward({}, {}, x, filter, argmax, pooled, dpooled, dx, dfilter, dbias);
    std::vector<float> all;
    for (const Floats* part : {&pooled, &y, &dsecond, &dsecond_bias, &dpooled, &dx, &dfilter, &dbias}) {
      all.insert(all.end(), part->values.begin(), part->values.end());
    }
    return all;
  }
  std::size_t filter_bytes() const { return 4 * (filter.values.size() + second_filter.values.size()); }
};

}  // namespace

TEST_CASE("a plan survives its text") {
  ConvolutionPlan plan;
  ConvolutionKey key = key_like_conv2();
  plan[key] = {.implementation = {Algorithm::winograd_4x4x4}, .blocking = {28, Division::output_channels}};
  key.pass = ConvolutionPass::backward_data;
  key.format = cpu::kFormatBf16InF32;
  key.direct = true;
  plan[key] = {.implementation = {Algorithm::direct, Products::bf16},
               .blocking = {512, Division::transform_points}};
  key.pass = ConvolutionPass::forward;
  key.format = cpu::kFormatBf16;
  key.inference = true;
  key.window = {2, 2, 2};
  key.within_bytes = 123456789012;
  plan[key] = {.implementation = {Algorithm::winograd_1x4x4, Products::f32},
               .separate_pool = true,
               .blocking = {14, Division::output_channels}};
  CHECK(plan.size() == 3);
  CHECK(cpu::parse_plan(to_text(plan)) == plan);
  CHECK(to_text(plan[key]) == "1x4x4 f32 + pool s14");
  CHECK(cpu::parse_plan("").empty());
}

TEST_CASE("a plan's lines are those of older versions, in their order") {
  const std::string text =
      "forward f32 winograd inference 1x16x56x56x64 of 64 to 16x56x56x128, taps 3x3x3, stride 1x1x1, "
      "pad 1x1x1, pool 2x2x2, within 0 = 4x4x4 s28\n"
      "forward bf16_in_f32 winograd training 8x16x112x112x8 of 3 to 16x112x112x64, taps 3x3x3, stride 1x1x1, "
      "pad 1x1x1, pool 1x2x2, within 0 = 1x4x4 narrow p14\n"
      "forward bf16 winograd inference 4x8x28x28x256 of 256 to 8x28x28x256, taps 3x3x3, stride 1x1x1, "
      "pad 1x1x1, pool 2x2x2, within 1048576 = 4x4x4 bf16 m64\n"
      "backward_data bf16_in_f32 direct training 8x2x7x7x512 of 512 to 2x7x7x512, taps 3x3x3, stride 1x1x1, "
      "pad 1x1x1, pool 1x1x1, within 0 = direct bf16 -\n"
      "backward_filter bf16_in_f32 winograd training 8x4x14x14x512 of 512 to 4x14x14x512, taps 3x3x3, "
      "stride 1x1x1, pad 1x1x1, pool 1x1x1, within 0 = 4x1x1 + pool s128\n";
  CHECK(to_text(cpu::parse_plan(text)) == text);
}

TEST_CASE("text that is no plan is refused with its line") {
  const std::string good = to_text(ConvolutionPlan{
      {key_like_conv2(), {{Algorithm::winograd_4x4x4}, false, {28, Division::output_channels}}}});
  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    const std::string message = message_of([&] { cpu::parse_plan(text); });
    return message.find("no convolution and its kernel") != std::string::npos;
  };
  CHECK_FALSE(refused("s28", "p14"));  // what is changed is all that is wrong
  CHECK_FALSE(refused("s28", "m128"));
  CHECK_FALSE(refused("s28", "-"));
  CHECK(refused("s28", "x28"));
  CHECK(refused("s28", "s0"));
  CHECK(refused("s28", "s28 "));
  CHECK(refused("s28", "-28"));
  CHECK(refused("s28", "s99999999999"));
  CHECK(refused(" = 4x4x4", ""));
  CHECK(refused("4x4x4 s28", "s28"));
  CHECK(refused("forward", "sideways"));
  CHECK(refused("f32", "f64"));
  CHECK(refused("2x4x12x12x32", "2x4x12x12"));
  CHECK(refused("2x4x12x12x32", "-2x4x12x12x32"));
  CHECK(refused("2x4x12x12x32", "40000x4x12x12x32"));
  CHECK(refused(", within 0", ", within 0, more 1"));
}

TEST_CASE("keys differ in all that a choice depends on") {
  const ConvolutionKey one = key_like_conv2();
  const auto changed = [&](auto change) {
    ConvolutionKey other = one;
    change(other);
    return other != one && to_text(other) != to_text(one);
  };
  CHECK(changed([](ConvolutionKey& k) { k.pass = ConvolutionPass::backward_filter; }));
  CHECK(changed([](ConvolutionKey& k) { k.format = cpu::kFormatBf16InF32; }));
  CHECK(changed([](ConvolutionKey& k) { k.direct = true; }));
  CHECK(changed([](ConvolutionKey& k) { k.inference = true; }));
  CHECK(changed([](ConvolutionKey& k) { k.clips = 3; }));
  CHECK(changed([](ConvolutionKey& k) { k.in.w = 13; }));
  CHECK(changed([](ConvolutionKey& k) { k.out_channels = 65; }));
  CHECK(changed([](ConvolutionKey& k) { k.valid_channels = 3; }));
  CHECK(changed([](ConvolutionKey& k) { k.stride.d = 2; }));
  CHECK(changed([](ConvolutionKey& k) { k.pad.h = 0; }));
  CHECK(changed([](ConvolutionKey& k) { k.window = {1, 2, 2}; }));
  CHECK(changed([](ConvolutionKey& k) { k.within_bytes = 1; }));
}

TEST_CASE("candidates are what precision, method and memory allow") {
  const cpu::KernelSet* set = &cpu::kernel_set("");
  const auto names = [&](const ConvolutionKey& key) {
    std::string all;
    for (const cpu::Candidate& candidate : candidates(*set, key))
      all += to_text(candidate.implementation) + ",";
    return all;
  };
  ConvolutionKey key = key_like_conv2();
  CHECK(names(key) == "4x4x4,2x4x4,1x4x4,2x2x2,direct,");
  key.direct = true;
  CHECK(names(key) == "direct,");
  key.direct = false;
  key.stride = {2, 2, 2};
  CHECK(names(key) == "direct,");
  key = key_like_conv2();
  key.within_bytes = 4 * 64 * 64 * 32;  // 64 points
  CHECK(names(key).find("4x4x4") == std::string::npos);
  CHECK(names(key).find("direct") != std::string::npos);
  key = key_like_conv2();
  key.in_channels = 8;
  key.valid_channels = 3;
  CHECK(names(key).starts_with("1x1x4 narrow,1x4x4 narrow,"));
  key.pass = ConvolutionPass::backward_filter;
  key.window = {1, 2, 2};
  CHECK(names(key) == "1x1x4 narrow,1x4x4 narrow,1x4x4,4x4x4,2x4x4,2x2x2,direct,");
  if (set->bf16 == nullptr) return skip("this processor has no bf16 products");
  if (set->bf16 == set->bf16_in_f32) set = &cpu::kernel_set("avx512");  // AMX has one table for both
  key = key_like_conv2();
  key.format = cpu::kFormatBf16InF32;  // in training transformed values are never rounded
  CHECK(names(key).find("4x4x4 f32") != std::string::npos);
  CHECK(names(key).find("4x4x4 bf16") == std::string::npos);
  CHECK(names(key).find("direct bf16") != std::string::npos);
  key.format = cpu::kFormatBf16;
  CHECK(names(key).find("4x4x4 f32") != std::string::npos);
  CHECK(names(key).find("4x4x4 bf16") != std::string::npos);
}

TEST_CASE("few output channels of a small-channel input are convolved along width alone") {
  const auto first = [](std::int64_t outputs, ConvolutionPass pass, const Extent3& window) {
    ConvolutionKey key = key_like_conv2();
    key.pass = pass;
    key.in = key.out = {16, 112, 112};
    key.in_channels = 8;
    key.valid_channels = 3;
    key.out_channels = outputs;
    key.window = window;
    return candidates(cpu::kernel_set("portable"), key).front().implementation.algorithm;
  };
  CHECK(first(16, ConvolutionPass::forward, {1, 2, 2}) == Algorithm::stem_1x1x4);
  CHECK(first(64, ConvolutionPass::forward, {1, 2, 2}) == Algorithm::stem_1x4x4);
  CHECK(first(16, ConvolutionPass::backward_filter, {1, 2, 2}) == Algorithm::stem_1x1x4);
  CHECK(first(16, ConvolutionPass::backward_filter, cpu::kNoWindow) == Algorithm::stem_1x4x4);
}

TEST_CASE("threads sum few filters' gradients each for itself, with tiles that its cache holds") {
  ConvolutionKey key = key_like_conv2();
  key.pass = ConvolutionPass::backward_filter;
  key.in = key.out = {16, 56, 56};
  const cpu::ConvolutionKernel& kernel =
      cpu::kernel_set("portable").f32.convolution(Algorithm::winograd_2x4x4);
  key.in_channels = key.valid_channels = 16;
  key.out_channels = 32;
  const cpu::Blocking narrow = blockings(key, kernel, 2).front();
  CHECK(narrow.division == Division::private_tiles);
  CHECK(narrow.tiles >= 8);
  CHECK(narrow.tiles <= 48);
  key.out_channels = 128;
  CHECK(blockings(key, kernel, 2).front().division == Division::transform_points);
}

TEST_CASE("the likeliest kernel is timed whatever its estimate, others where that is not hopeless") {
  const ConvolutionKey key = key_like_conv2();
  std::vector<cpu::Candidate> all = candidates(cpu::kernel_set("portable"), key);
  REQUIRE(all.size() >= 3);
  const double least = all[1].work;
  all[0].work = all[2].work = 10 * least;
  std::set<std::string> timed;
  const cpu::Trials trials{.pack = [](const cpu::Candidate&) {},
                           .run = [&](const cpu::Candidate& candidate, const cpu::Blocking&,
                                      std::int64_t) { timed.insert(to_text(candidate.implementation)); }};
  measure(key, all, 1, trials);
  CHECK(timed.contains(to_text(all[0].implementation)));
  CHECK(timed.contains(to_text(all[1].implementation)));
  CHECK_FALSE(timed.contains(to_text(all[2].implementation)));
}

TEST_CASE("a measured plan computes what it computes where it is given, bit for bit") {
  const CpuOptions options{.threads = 2, .measure = true};
  const auto measuring = make_cpu_backend(options);
  std::int64_t measured = 0;
  double seconds = 0;
  measuring->on_measured([&](std::int64_t ops, double all) {
    measured = ops;
    seconds = all;
  });
  Layers layers;
  const std::vector<float> first = layers.run(*measuring);
  CHECK(measured == 6);
  CHECK(seconds > 0);
  const BackendMemory memory = measuring->memory();
  CHECK(layers.run(*measuring) == first);
  CHECK(measured == 6);
  CHECK(measuring->memory().workspace_bytes == memory.workspace_bytes);
  CHECK(measuring->memory().packed_bytes == memory.packed_bytes);

  const auto given = make_cpu_backend({.threads = 2});
  given->add_plan(measuring->plan());
  Layers again;
  CHECK(again.run(*given) == first);
  CHECK(given->plan() == measuring->plan());
}

TEST_CASE("a plan that is given is obeyed") {
  const auto backend = make_cpu_backend({.threads = 2, .measure = true});
  backend->on_measured([](std::int64_t, double) { FAIL("nothing is left to measure"); });
  const Implementation kernel{GENERATE(Algorithm::direct, Algorithm::winograd_1x4x4,
                                       Algorithm::winograd_2x2x2, Algorithm::winograd_2x4x4,
                                       Algorithm::winograd_4x4x4)};
  ConvolutionPlan plan;
  plan[key_like_conv2()] = {.implementation = kernel, .blocking = {17, Division::output_channels}};
  backend->add_plan(to_text(plan));
  const Floats x = random_array({2, 4, 12, 12, 32}, 1), filter = random_array({64, 3, 3, 3, 32}, 2);
  const Floats bias({64});
  Floats y({2, 4, 12, 12, 64});
  CHECK(backend->last_choice().empty());
  backend->conv3d_forward({}, Activation::none, x, filter, bias, y);
  CHECK(backend->last_choice() == to_text(kernel) + " s17");
}

TEST_CASE("a plan's line says whether a gradient is read pooled or spread first") {
  ConvolutionKey key = key_like_conv2();
  key.pass = ConvolutionPass::backward_filter;
  key.window = {1, 2, 2};
  for (const cpu::Candidate& candidate : candidates(cpu::kernel_set(""), key)) {
    CHECK(candidate.separate_pool == (candidate.implementation.algorithm == Algorithm::direct));
  }
  key.window = {1, 3, 3};  // no kernel reads these
  for (const cpu::Candidate& candidate : candidates(cpu::kernel_set("portable"), key)) {
    CHECK(candidate.separate_pool);
  }

  key.window = {2, 2, 2};
  Layers layers;
  const Pool3dGeometry pool;
  layers.run(*make_cpu_backend({.threads = 2}));  // argmax and the gradients that are read
  const auto gradient = [&](const std::string& choice) {
    const auto backend = make_cpu_backend({.threads = 2});
    backend->add_plan(to_text(key) + " = " + choice + "\n");
    Floats dfilter(layers.dfilter.shape);
    backend->conv3d_max_pool3d_backward({}, pool, layers.x, layers.filter, layers.argmax, layers.pooled,
                                        layers.dpooled, Tensor(), dfilter, Tensor());
    CHECK(backend->last_choice() == choice);
    return dfilter.values;
  };
  const std::vector<float> pooled = gradient("4x4x4 m64"), spread = gradient("direct + pool m512");
  REQUIRE(pooled.size() == spread.size());
  double error = 0, norm = 0;
  for (std::size_t i = 0; i < pooled.size(); ++i) {
    error += (pooled[i] - spread[i]) * (pooled[i] - spread[i]);
    norm += spread[i] * spread[i];
  }
  CHECK(norm > 0);
  CHECK(error <= 1e-9 * norm);
}

TEST_CASE("a plan of kernels that there are not is refused and changes nothing") {
  const auto backend = make_cpu_backend({.threads = 2});
  const auto message = [&](const ConvolutionKey& key, const std::string& choice) {
    return message_of([&] { backend->add_plan(to_text(key) + " = " + choice + "\n"); });
  };
  const auto refusal = [](const ConvolutionKey& key, const std::string& kernel) {
    return "these kernels have no `" + kernel + "` for the convolution `" + to_text(key) + "`";
  };
  CHECK(message(key_like_conv2(), "8x8x8 s28") == refusal(key_like_conv2(), "8x8x8"));
  CHECK(message(key_like_conv2(), "4x4x4 bf16 s28") == refusal(key_like_conv2(), "4x4x4 bf16"));
  CHECK(message(key_like_conv2(), "4x4x4 + pool s28") == refusal(key_like_conv2(), "4x4x4"));
  ConvolutionKey strided = key_like_conv2();
  strided.stride = {2, 2, 2};
  CHECK(message(strided, "4x4x4 s28") == refusal(strided, "4x4x4"));
  CHECK(backend->plan().empty());
}

TEST_CASE("transformed filters stay within their bound") {
  Layers layers;
  const std::size_t all = layers.filter_bytes();
  const bool measure = GENERATE(false, true), declared = GENERATE(false, true);
  // Any tile; small ones; hardly the direct form; nothing at all.
  for (const std::size_t most : {40 * all, 5 * all, all, std::size_t{1}}) {
    const auto backend = make_cpu_backend({.threads = 2, .measure = measure, .max_packed_bytes = most});
    if (declared) backend->filters_declared(all);
    const std::vector<float> first = layers.run(*backend);
    CHECK(backend->memory().packed_bytes <= most);
    CHECK(backend->memory().max_packed_bytes == most);
    CHECK((backend->memory().packed_bytes > 0) == (most >= all));
    CHECK(layers.run(*backend) == first);
    CHECK(backend->memory().packed_bytes <= most);

    // What it computes is what each of its kernels computes without a bound.
    const auto free = make_cpu_backend({.threads = 2});
    const std::vector<float> exact = Layers().run(*free);
    double error = 0, norm = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      error += (exact[i] - first[i]) * (exact[i] - first[i]);
      norm += exact[i] * exact[i];
    }
    CHECK(error <= 1e-9 * norm);
  }
}

}  // namespace c3d
