// The text of a GPU's plan: no GPU, driver or cuDNN takes part.
#include "kernels/cuda/conv_choices.h"

#include "catch.h"
#include "tests/support/message_of.h"

namespace c3d::cuda {
namespace {

const std::string kTarget = "cudnn-9.19.0/NVIDIA_H200";

ConvKey key_like_conv2() {
  return ConvKey::of(ConvDirection::forward, {}, {32, 16, 56, 56, 64}, {128, 3, 3, 3, 64},
                     format_of(Precision::bf16), Activation::relu);
}

std::string refusal_of(const std::string& text) {
  return message_of([&] { return parse_choices(text, kTarget); });
}

TEST_CASE("a target is one word") {
  CHECK(target_word("9.19.0", "NVIDIA H200") == kTarget);
  CHECK(target_word("9.15.1", "NVIDIA GeForce RTX 4090") == "cudnn-9.15.1/NVIDIA_GeForce_RTX_4090");
}

TEST_CASE("a key holds the shapes of its convolution") {
  const ConvKey key = key_like_conv2();
  CHECK(key.x() == Shape{32, 16, 56, 56, 64});
  CHECK(key.filter() == Shape{128, 3, 3, 3, 64});
  CHECK(key.y() == Shape{32, 16, 56, 56, 128});
  CHECK(to_text(key) == "forward bf16 relu 32x16x56x56x64 to 128, taps 3x3x3, stride 1x1x1, pad 1x1x1");
}

TEST_CASE("a GPU's plan survives its text") {
  ConvChoices choices;
  ConvKey key = key_like_conv2();
  choices[key] = "eng41_k2=0_k27=1";
  key.relu = false;
  key.format = format_of(Precision::f32);
  choices[key] = "eng1";
  key.direction = ConvDirection::backward_data;
  key.format = format_of(Precision::tf32);
  key.stride = {1, 2, 3};
  key.pad = {0, 1, 2};
  choices[key] = "eng2_k-1=0";
  choices[ConvKey::of(ConvDirection::backward_filter, {}, {8, 2, 7, 7, 512}, {512, 3, 3, 3, 512},
                      format_of(Precision::bf16))] = "eng0_k3=1";
  for (const DType results : {DType::e4m3, DType::bf16}) {
    choices[ConvKey::of(ConvDirection::forward, {}, {8, 2, 7, 7, 512}, {512, 3, 3, 3, 512},
                        e4m3_format(results), Activation::relu)] = "eng2_k1=17";
  }
  REQUIRE(choices.size() == 6);
  CHECK(parse_choices(to_text(choices, kTarget), kTarget) == choices);
  CHECK(parse_choices("", kTarget).empty());
}

TEST_CASE("a line of a GPU's plan names target, convolution and plan") {
  const std::string text =
      kTarget +
      " backward_filter bf16 linear 8x2x7x7x512 to 512, taps 3x3x3, stride 1x1x1, pad 1x1x1, gradient bf16 = "
      "eng0_k3=1\n";
  CHECK(to_text(parse_choices(text, kTarget), kTarget) == text);
}

TEST_CASE("text that is no GPU's plan is refused with its line") {
  const std::string good = to_text({{key_like_conv2(), "eng41_k2=0"}}, kTarget);
  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return refusal_of(text).find("no convolution and its kernel") != std::string::npos;
  };
  CHECK_FALSE(refused("eng41_k2=0", "eng7"));  // what is changed is all that is wrong
  CHECK(refused("cudnn-", ""));
  CHECK(refused(kTarget + " ", ""));
  CHECK(refused("forward", "sideways"));
  CHECK(refused("bf16", "fp8"));
  CHECK_FALSE(refused("forward bf16", "forward e4m3_to_bf16"));
  CHECK(refused("forward bf16 relu", "backward_data e4m3 linear"));
  CHECK(refused("relu", "gelu"));
  CHECK(refused("32x16x56x56x64", "32x16x56x56"));
  CHECK(refused("32x16x56x56x64", "0x16x56x56x64"));
  CHECK(refused("32x16x56x56x64", "32x0x56x56x64"));
  CHECK(refused("32x16x56x56x64", "32x-16x56x56x64"));
  CHECK(refused("32x16x56x56x64", "32000x32000x32000x32000x32000"));
  CHECK(refused("stride 1x1x1", "stride 1x0x1"));
  CHECK(refused("taps 3x3x3", "taps 99x3x3"));  // wider than the padded input
  CHECK(refused("pad 1x1x1", "pad 32000x32000x32000"));
  CHECK(refused("pad 1x1x1", "pad 1x1x1, gradient f32"));
  CHECK(refused("forward bf16 relu", "backward_data bf16 relu"));
  CHECK(refused("eng41_k2=0", ""));
  CHECK(refused("eng41_k2=0", "eng41 k2"));
  CHECK(refused(" = ", " - "));
  // A CPU's line.
  CHECK(refusal_of("forward f32 winograd inference 1x16x56x56x64 of 64 to 16x56x56x128, taps 3x3x3, "
                   "stride 1x1x1, pad 1x1x1, pool 2x2x2, within 0 = 4x4x4 s28\n")
            .find("no convolution and its kernel") != std::string::npos);
}

TEST_CASE("a plan of another GPU or cuDNN is one error that says which") {
  for (const char* other : {"cudnn-9.18.1/NVIDIA_H200", "cudnn-9.19.0/NVIDIA_H100_80GB_HBM3"}) {
    const std::string text = to_text({{key_like_conv2(), "eng41"}}, other);
    CHECK(refusal_of(text) == fmt::format("the convolution `{}` was chosen for {}, not for {}",
                                          to_text(key_like_conv2()), other, kTarget));
  }
}

TEST_CASE("keys differ in all that a GPU's plan depends on") {
  const ConvKey one = key_like_conv2();
  const auto changed = [&](auto change) {
    ConvKey other = one;
    change(other);
    return other != one && to_text(other) != to_text(one);
  };
  CHECK(changed([](ConvKey& k) { k.direction = ConvDirection::backward_data; }));
  CHECK(changed([](ConvKey& k) { k.format = format_of(Precision::tf32); }));
  CHECK(changed([](ConvKey& k) { k.relu = false; }));
  CHECK(changed([](ConvKey& k) { k.clips = 31; }));
  CHECK(changed([](ConvKey& k) { k.in.w = 57; }));
  CHECK(changed([](ConvKey& k) { k.channels = 63; }));
  CHECK(changed([](ConvKey& k) { k.filters = 127; }));
  CHECK(changed([](ConvKey& k) { k.kernel.d = 1; }));
  CHECK(changed([](ConvKey& k) { k.stride.h = 2; }));
  CHECK(changed([](ConvKey& k) { k.pad.w = 0; }));
}

}  // namespace
}  // namespace c3d::cuda
