#include "c3d/training/augmentation_settings.h"

#include "engine/core/error.h"

namespace c3d {
namespace {

AugmentationRange range_of(const char* key, const std::string& text) {
  const std::vector<double> numbers = parse_numbers(key, text);
  if (numbers.empty()) return {};
  expect(numbers.size() == 2 || numbers.size() == 3,
         "`{}` is `{}`; write LOW,HIGH, or LOW,HIGH,PROBABILITY where not every clip is to have it", key,
         text);
  return {numbers[0], numbers[1], numbers.size() == 3 ? numbers[2] : 1};
}

AugmentationStrength strength_of(const char* key, const std::string& text) {
  const std::vector<double> numbers = parse_numbers(key, text);
  if (numbers.empty()) return {};
  expect(numbers.size() <= 2,
         "`{}` is `{}`; write STRENGTH, or STRENGTH,PROBABILITY where not every clip is to have it", key,
         text);
  return {numbers[0], numbers.size() == 2 ? numbers[1] : 1};
}

template <typename Item>
struct Setting {
  const char* key;
  std::string TrainSettings::*text;
  Item Augmentation::*item;
};
using S = TrainSettings;
using A = Augmentation;
constexpr Setting<AugmentationRange> kRanges[] = {
    {"scale", &S::scale, &A::scale}, {"aspect", &S::aspect, &A::aspect}, {"speed", &S::speed, &A::speed}};
constexpr Setting<AugmentationStrength> kStrengths[] = {{"rotate", &S::rotate, &A::rotate},
                                                        {"brightness", &S::brightness, &A::brightness},
                                                        {"contrast", &S::contrast, &A::contrast},
                                                        {"saturation", &S::saturation, &A::saturation},
                                                        {"hue", &S::hue, &A::hue},
                                                        {"blur", &S::blur, &A::blur},
                                                        {"noise", &S::noise, &A::noise},
                                                        {"erase", &S::erase, &A::erase},
                                                        {"mixup", &S::mixup, &A::mixup},
                                                        {"cutmix", &S::cutmix, &A::cutmix}};

}  // namespace

Augmentation augmentation_of(const TrainSettings& s) {
  Augmentation spec;
  for (const auto& [key, text, item] : kRanges) spec.*item = range_of(key, s.*text);
  for (const auto& [key, text, item] : kStrengths) spec.*item = strength_of(key, s.*text);
  spec.validate();
  return spec;
}

}  // namespace c3d
