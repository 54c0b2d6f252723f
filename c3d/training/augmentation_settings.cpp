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

}  // namespace

Augmentation augmentation_of(const TrainSettings& s) {
  Augmentation spec;
  spec.scale = range_of("scale", s.scale_range);
  spec.aspect = range_of("aspect", s.aspect_range);
  spec.rotate = strength_of("rotate", s.rotate);
  spec.brightness = strength_of("brightness", s.brightness);
  spec.contrast = strength_of("contrast", s.contrast);
  spec.saturation = strength_of("saturation", s.saturation);
  spec.hue = strength_of("hue", s.hue);
  spec.blur = strength_of("blur", s.blur);
  spec.noise = strength_of("noise", s.noise);
  spec.erase = strength_of("erase", s.erase);
  spec.speed = range_of("speed", s.speed_range);
  spec.mixup = strength_of("mixup", s.mixup);
  spec.cutmix = strength_of("cutmix", s.cutmix);
  spec.validate();
  return spec;
}

}  // namespace c3d
