// How frames become a network's input, and the named ways to do it that published C3D weights were trained
// with: plain values that travel in a weights file's metadata (model_file.h). A profile does what its origin
// does:
//   caffe-sports1m  github.com/facebookarchive/C3D: src/caffe/layers/video_data_layer.cpp, util/image_io.cpp
//   pvr             github.com/jfzhang95/pytorch-video-recognition: inference.py, dataloaders/dataset.py
//   mmaction2       github.com/open-mmlab/mmaction2: configs/recognition/c3d, datasets/transforms/processing.py
//   custom          what the single values say
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/backend.h"
#include "engine/core/clip_spec.h"

namespace c3d {

enum class Profile : std::uint8_t { custom, caffe_sports1m, pvr, mmaction2 };
const char* to_string(Profile profile);
Profile parse_profile(const std::string& name);  // Error that names them all
std::vector<std::string> profile_names();

ResizeRule parse_resize_rule(const std::string& name);
const char* to_string(ColourOrder order);

struct Preprocessing {
  Profile profile = Profile::custom;
  ResizeRule resize = ResizeRule::stretch;
  int resize_width = 171, resize_height = 128;
  int crop_top = -1, crop_left = -1;  // of the evaluation crop; -1: the centre, rounded down
  ColourOrder colour_order = ColourOrder::rgb;
  std::array<float, 3> mean{};  // in `colour_order`
  float scale = 1;              // (pixel - mean) * scale
  // Takes the place of `mean`: [clip_frames, resize_height, resize_width, 3] in `colour_order`, subtracted
  // where a pixel stood in the resized frame, before cropping and mirroring. nullptr: there is none.
  std::shared_ptr<const std::vector<float>> mean_cube = nullptr;
};

// The values of a profile; `custom` gives the defaults. A mean cube is a file of its own: see
// set_mean_cube().
Preprocessing profile_preprocessing(Profile profile);
// The clips that are made of these frames, at a stride of 1.
ClipSpec clip_spec(const Preprocessing& preprocessing, std::int64_t clip_frames, std::int64_t crop);
// Error: a value out of its range (model_ranges.h), values that fit no frame, a cube of another size, a
// profile whose values were changed.
void check_preprocessing(const Preprocessing& preprocessing, std::int64_t clip_frames, std::int64_t crop);
// "caffe-sports1m: resized to 171x128, crop of 112 at row 8, column 29, bgr, (pixel - mean cube) * 1"
std::string description(const Preprocessing& preprocessing, std::int64_t crop);

}  // namespace c3d
