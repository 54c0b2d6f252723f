#include "kernels/cuda/conv_choices.h"

#include <algorithm>

namespace c3d::cuda {
namespace {

constexpr std::string_view kTargetPrefix = "cudnn-";

bool is_positive(const Extent3& e) { return e.d > 0 && e.h > 0 && e.w > 0; }

// No overflow: an extent has at most 17 bits, that of an output too.
bool fits(std::int64_t clips, const Extent3& extent, std::int64_t channels) {
  const double elements = static_cast<double>(clips) * static_cast<double>(extent.volume());
  return elements * static_cast<double>(channels) <= static_cast<double>(kLargestTensor);
}

// Whether cuDNN can be asked for it.
bool is_possible(const ConvKey& key) {
  if (key.relu && key.direction != ConvDirection::forward) return false;
  if (key.format.product == ProductType::e4m3 && key.direction != ConvDirection::forward) return false;
  if (key.direction == ConvDirection::backward_filter && key.filter_gradient != key.format.storage)
    return false;
  if (key.clips < 1 || key.channels < 1 || key.filters < 1) return false;
  if (!is_positive(key.in) || !is_positive(key.kernel) || !is_positive(key.stride)) return false;
  const Extent3 out = output_extent(key.geometry(), key.in);
  return is_positive(out) && fits(key.clips, key.in, key.channels) && fits(key.clips, out, key.filters) &&
         fits(key.filters, key.kernel, key.channels);
}

}  // namespace

std::string target_word(const std::string& cudnn_version, std::string gpu) {
  std::replace(gpu.begin(), gpu.end(), ' ', '_');
  return fmt::format("{}{}/{}", kTargetPrefix, cudnn_version, gpu);
}

std::string to_text(const ConvChoices& choices, const std::string& target) {
  std::string text;
  for (const auto& [key, name] : choices) text += plan_line(fmt::format("{} {}", target, to_text(key)), name);
  return text;
}

ConvChoices parse_choices(const std::string& text, const std::string& target) {
  ConvChoices choices;
  for_each_plan_line(text, [&](std::string_view key_text, std::string_view name) {
    const std::size_t space = key_text.find(' ');
    if (!key_text.starts_with(kTargetPrefix) || space == std::string_view::npos) return false;
    const auto key = parse_plan_key<ConvKey>(key_text.substr(space + 1));
    if (!key || !is_possible(*key) || name.empty() || name.find(' ') != std::string_view::npos) return false;
    const std::string_view chosen_for = key_text.substr(0, space);
    if (chosen_for != target) {
      fail("the convolution `{}` was chosen for {}, not for {}", to_text(*key), chosen_for, target);
    }
    choices[*key] = name;
    return true;
  });
  return choices;
}

}  // namespace c3d::cuda
