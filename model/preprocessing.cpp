#include "model/preprocessing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/core/argument.h"
#include "engine/core/error.h"
#include "engine/core/nearest.h"
#include "model/model_ranges.h"

namespace c3d {
namespace {

constexpr Profile kProfiles[] = {Profile::caffe_sports1m, Profile::pvr, Profile::mmaction2, Profile::custom};

bool same_values(const Preprocessing& a, const Preprocessing& b) {
  // A cube takes the place of the mean, so that with one the mean says nothing.
  return a.resize == b.resize && a.resize_width == b.resize_width && a.resize_height == b.resize_height &&
         a.crop_top == b.crop_top && a.crop_left == b.crop_left && a.colour_order == b.colour_order &&
         (a.mean == b.mean || a.mean_cube != nullptr) && a.scale == b.scale;
}

void check_numbers(const Preprocessing& p) {
  check_model_number("resize_width", p.resize_width);
  check_model_number("resize_height", p.resize_height);
  check_model_number("crop_top", p.crop_top);
  check_model_number("crop_left", p.crop_left);
  for (const float mean : p.mean) check_model_number("mean", static_cast<double>(mean));
  check_model_number("scale", static_cast<double>(p.scale));
}

}  // namespace

const char* to_string(Profile profile) {
  switch (profile) {
    case Profile::caffe_sports1m:
      return "caffe-sports1m";
    case Profile::pvr:
      return "pvr";
    case Profile::mmaction2:
      return "mmaction2";
    case Profile::custom:
      break;
  }
  return "custom";
}

std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const Profile profile : kProfiles) names.emplace_back(to_string(profile));
  return names;
}

Profile parse_profile(const std::string& name) {
  for (const Profile profile : kProfiles) {
    if (name == to_string(profile)) return profile;
  }
  fail_argument("there is no preprocessing profile '{}': choose {}; did you mean {}?", name,
                fmt::join(profile_names(), ", "), nearest(name, profile_names()));
}

ResizeRule parse_resize_rule(const std::string& name) {
  expect_argument(name == "stretch" || name == "short_side",
                  "resize is '{}', but must be stretch or short_side", name);
  return name == "stretch" ? ResizeRule::stretch : ResizeRule::short_side;
}

const char* to_string(ColourOrder order) { return order == ColourOrder::bgr ? "bgr" : "rgb"; }

Preprocessing profile_preprocessing(Profile profile) {
  Preprocessing p;
  p.profile = profile;
  switch (profile) {
    case Profile::caffe_sports1m:
      p.colour_order = ColourOrder::bgr;
      p.mean = {90.25f, 97.66f, 101.41f};  // of the cube, by channel
      p.crop_top = 8;
      p.crop_left = 29;
      break;
    case Profile::pvr:
      p.colour_order = ColourOrder::bgr;
      p.mean = {90, 98, 102};
      p.crop_top = 8;
      p.crop_left = 30;
      break;
    case Profile::mmaction2:
      p.resize = ResizeRule::short_side;
      p.mean = {104, 117, 128};
      break;
    case Profile::custom:
      break;
  }
  return p;
}

ClipSpec clip_spec(const Preprocessing& p, std::int64_t clip_frames, std::int64_t crop) {
  return {.clip_frames = static_cast<int>(clip_frames),
          .resize = p.resize,
          .resize_width = p.resize_width,
          .resize_height = p.resize_height,
          .crop = static_cast<int>(crop),
          .crop_top = p.crop_top,
          .crop_left = p.crop_left};
}

void check_preprocessing(const Preprocessing& p, std::int64_t clip_frames, std::int64_t crop) {
  const bool stretch = p.resize == ResizeRule::stretch;
  check_numbers(p);
  expect((!stretch || p.resize_width >= crop) && p.resize_height >= crop,
         "frames of {}x{} hold no crop of {} pixels", p.resize_width, p.resize_height, crop);
  expect(p.crop_top + crop <= p.resize_height && (!stretch || p.crop_left + crop <= p.resize_width),
         "a crop of {} pixels at row {}, column {} leaves frames of {}x{}", crop, p.crop_top, p.crop_left,
         p.resize_width, p.resize_height);
  expect(stretch || (p.crop_top < 0 && p.crop_left < 0),
         "frames that keep their shape are cropped at the centre; 'crop_top' and 'crop_left' do not apply");
  if (p.profile != Profile::custom) {
    expect(same_values(p, profile_preprocessing(p.profile)),
           "the values beside the profile {} are not its own: choose custom for them, or leave them out",
           to_string(p.profile));
  }
  if (p.mean_cube == nullptr) return;
  expect(stretch, "a mean cube wants frames of one size; frames that keep their shape have none");
  const std::int64_t values = clip_frames * p.resize_height * p.resize_width * 3;
  expect(static_cast<std::int64_t>(p.mean_cube->size()) == values,
         "the mean cube has {} values, clips of {} frames of {}x{} have {}", p.mean_cube->size(), clip_frames,
         p.resize_width, p.resize_height, values);
}

std::string description(const Preprocessing& p, std::int64_t crop) {
  const bool stretch = p.resize == ResizeRule::stretch;
  const ClipSpec clip = clip_spec(p, 1, crop);
  const std::string size = stretch ? fmt::format("resized to {}x{}", p.resize_width, p.resize_height)
                                   : fmt::format("shorter side resized to {}", p.resize_height);
  const std::string place = stretch ? fmt::format("crop of {} at row {}, column {}", crop,
                                                  clip.evaluation_top(), clip.evaluation_left())
                                    : fmt::format("centre crop of {}", crop);
  const std::string mean =
      p.mean_cube ? "mean cube" : fmt::format("[{}, {}, {}]", p.mean[0], p.mean[1], p.mean[2]);
  return fmt::format("{}: {}, {}, {}, (pixel - {}) * {}", to_string(p.profile), size, place,
                     to_string(p.colour_order), mean, p.scale);
}

}  // namespace c3d
