#include <algorithm>
#include <limits>

#include "catch.h"
#include "engine/core/error.h"
#include "model/model_file.h"

namespace c3d {
namespace {

// The shapes of a C3D's weights; the values do not matter here.
NamedTensors weights(double width, std::int64_t classes) {
  NamedTensors tensors;
  const auto add = [&](const std::string& name, const Shape& shape) {
    tensors.add(name + ".weight", shape, DType::f32);
  };
  const std::pair<const char*, std::int64_t> convolutions[] = {
      {"conv1", 64},   {"conv2", 128},  {"conv3a", 256}, {"conv3b", 256},
      {"conv4a", 512}, {"conv4b", 512}, {"conv5a", 512}, {"conv5b", 512}};
  for (const auto& [name, outputs] : convolutions) add(name, {scaled_channels(outputs, width), 1, 3, 3, 3});
  const std::int64_t hidden = scaled_channels(4096, width);
  add("fc6", {hidden, 1});
  add("fc7", {hidden, 1});
  add("fc8", {classes, 1});
  return tensors;
}

ModelInfo unusual_info() {
  ModelInfo info;
  info.network = {
      .classes = 3, .width = 0.25, .clip_frames = 8, .crop = 96, .dropout = 0.9f, .pool5 = Pool5Rule::caffe};
  info.frame_stride = 2;
  info.preprocessing = {.resize_width = 180,
                        .resize_height = 120,
                        .colour_order = ColourOrder::bgr,
                        .mean = {90.25f, 98.1f, 102},
                        .scale = 0.017f};
  info.labels = {"jump \"high\"", "Läufer", "a,b"};
  info.other = {{"epoch", "12"}, {"source", "a set"}};
  return info;
}

TEST_CASE("model_info reads back what to_metadata wrote") {
  const ModelInfo written = unusual_info();
  NamedTensors tensors = weights(0.25, 3);
  tensors.metadata() = to_metadata(written);
  const ModelInfo read = model_info(tensors);
  CHECK(read.labels == written.labels);
  CHECK(read.network.classes == 3);
  CHECK(read.network.width == 0.25);
  CHECK(read.network.clip_frames == 8);
  CHECK(read.network.crop == 96);
  CHECK(read.network.dropout == 0.9f);
  CHECK(read.network.pool5 == Pool5Rule::caffe);
  CHECK(read.preprocessing.resize_width == 180);
  CHECK(read.preprocessing.resize_height == 120);
  CHECK(read.frame_stride == 2);
  CHECK(read.preprocessing.colour_order == ColourOrder::bgr);
  CHECK(read.preprocessing.mean == written.preprocessing.mean);
  CHECK(read.preprocessing.scale == 0.017f);
  CHECK(read.other == written.other);
}

TEST_CASE("a frame rate survives the metadata, which do not speak of it where there is none") {
  ModelInfo written = unusual_info();
  CHECK_FALSE(to_metadata(written).contains("fps"));
  written.fps = {30000, 1001};
  NamedTensors tensors = weights(0.25, 3);
  tensors.metadata() = to_metadata(written);
  CHECK(tensors.metadata("fps") == "30000/1001");
  const ModelInfo read = model_info(tensors);
  CHECK(read.fps == written.fps);
  CHECK(clip_spec(read).fps == written.fps);
  CHECK(read.other == written.other);
}

TEST_CASE("thresholds of label sets survive the metadata to the last bit") {
  ModelInfo written = unusual_info();
  written.has_label_sets = true;
  NamedTensors tensors = weights(0.25, 3);
  tensors.metadata() = to_metadata(written);
  CHECK(tensors.metadata("targets") == "label_set");
  CHECK_FALSE(tensors.metadata("thresholds"));
  CHECK(thresholds_of(model_info(tensors)) == std::vector<double>{0.5, 0.5, 0.5});
  written.thresholds = {1.0 / 3, 0, 0.1 + 0.2};
  tensors.metadata() = to_metadata(written);
  const ModelInfo read = model_info(tensors);
  CHECK(read.has_label_sets);
  CHECK(read.thresholds == written.thresholds);
  CHECK(thresholds_of(read) == written.thresholds);
  CHECK(read.other == written.other);
  CHECK(to_metadata(read) == tensors.metadata());
  for (const char* wrong : {"[0.5, 0.5]", "[0.5, 0.5, 1.5]", "[0.5, 0.5, \"a\"]", "7", "[0.5, 0.5, null]"}) {
    tensors.metadata()["thresholds"] = wrong;
    CHECK_THROWS_WITH(model_info(tensors), Catch::Contains("'thresholds'"));
  }
}

TEST_CASE("weights of one label say nothing of label sets") {
  const ModelInfo info = unusual_info();
  const auto metadata = to_metadata(info);
  CHECK_FALSE(metadata.contains("targets"));
  CHECK_FALSE(metadata.contains("thresholds"));
  NamedTensors tensors = weights(0.25, 3);
  tensors.metadata() = metadata;
  tensors.metadata()["thresholds"] = "a user's own";
  CHECK_FALSE(model_info(tensors).has_label_sets);
  CHECK(model_info(tensors).other.at("thresholds") == "a user's own");
}

TEST_CASE("model_info takes classes and width from the shapes when metadata is silent") {
  const ModelInfo info = model_info(weights(0.5, 7));
  CHECK(info.network.classes == 7);
  CHECK(info.network.width == 0.5);
  CHECK(info.network.pool5 == Pool5Rule::pytorch);
  CHECK(info.preprocessing.resize_width == 171);
  CHECK(info.labels.size() == 7);
  CHECK(info.labels[3] == "class 3");
}

TEST_CASE("model_info refuses what contradicts the tensors") {
  const auto [key, value, complaint] = GENERATE(table<std::string, std::string, std::string>({
      {"classes", "9", "fc8.weight has 3 rows"},
      {"width", "0.5", "outputs"},
      {"labels", "[\"one\"]", "1 labels for 3 classes"},
      {"labels", "one, two", "cannot be read"},
      {"architecture", "resnet", "not of a C3D"},
      {"profile", std::string(100'000, 'x'), "..., 100000 characters; it is a word of at most 100"},
      {"colour_order", "yuv", "rgb and bgr are known"},
      {"frame_stride", "0", "'frame_stride' says 0; it is 1 to 1000"},
      {"fps", "0", "from 0.001 to 1000"},
      {"fps", "many", "from 0.001 to 1000"},
      {"frame_stride", "200000000", "'frame_stride' says 200000000; it is 1 to 1000"},
      {"frame_stride", "286331153", "it is 1 to 1000"},
      {"frame_stride", "1e300", "no whole number"},
      {"frame_stride", "1.5", "no whole number"},
      {"frame_stride", "\"2\"", "no whole number"},
      {"frame_stride", "18446744073709551617", "no whole number"},
      {"resize_width", "16000", "'resize_width' says 16000; it is 1 to 4096"},
      {"resize_height", "-1", "'resize_height' says -1; it is 1 to 4096"},
      {"clip_frames", "1000000000", "'clip_frames' says 1000000000; it is 1 to 1024"},
      {"crop", "4294967304", "it is 1 to 4096"},
      {"crop", "4000", "128000000 in all; a clip has at most 33554432"},
      {"crop_top", "-2", "it is -1 to 4096"},
      {"classes", "0", "it is 1 to 1000000"},
      {"width", "1e9", "it is 0.001 to 16"},
      {"dropout", "1", "it is 0 to 0.999"},
      {"mean", "[1, 2, 3, 4]", "'mean' has 4 numbers; it is three"},
      {"mean", "[1, 2, \"3\"]", "no number"},
      {"mean", "[1, 2, 1e300]", "'mean' says 1e+300"},
      {"mean", "7", "it is three"},
      {"scale", "null", "'scale' says 'null', which is no number"},
      {"labels", "[\"a\", \"\", \"c\"]", "label 1 of 'labels' is empty"},
      {"labels", "[\"a\", \"b\", \"a\"]", "labels 0 and 2 are both 'a'"},
      {"labels", "[\"a\", 2, \"c\"]", "no text, as label 1"},
      {"labels", "{}", "no list"},
      {"labels", "[\"caf\xe9\", \"b\", \"c\"]", "cannot be read"},
      {"crop", "500", "hold no crop"},
      {"targets", "labels", "'targets' says 'labels'; label and label_set are known"},
  }));
  NamedTensors tensors = weights(0.25, 3);
  tensors.metadata() = to_metadata(unusual_info());
  tensors.metadata()[key] = value;
  std::string message;
  try {
    model_info(tensors);
  } catch (const Error& error) {
    message = error.message();
  }
  INFO(key << " = " << value << ": " << message);
  CHECK(message.find(complaint) != std::string::npos);
}

TEST_CASE("the clips of a network are stored whole or where frames keep their shape cropped") {
  ModelInfo info = unusual_info();
  ClipInput input = clip_input(info, 5);
  CHECK(input.frames_shape() == Shape{5, 8, 120, 180, 3});
  CHECK(input.clip.span() == 15);
  CHECK(input.clip.evaluation_top() == 12);
  CHECK(input.clip.evaluation_left() == 42);
  CHECK(input.normalization.order == ColourOrder::bgr);
  CHECK(input.normalization.scale == 0.017f);
  CHECK(input.mean == info.preprocessing.mean);
  info.preprocessing.crop_top = 3;
  CHECK(clip_spec(info).evaluation_top() == 3);
  info.preprocessing = profile_preprocessing(Profile::mmaction2);
  input = clip_input(info, 1);
  CHECK(input.frames_shape() == Shape{1, 8, 96, 96, 3});
  CHECK(input.clip.evaluation_top() == 0);
}

TEST_CASE("what a clip spans is reckoned before memory is taken") {
  NamedTensors tensors = weights(0.25, 3);
  tensors.metadata() = to_metadata(unusual_info());
  tensors.metadata()["resize_width"] = tensors.metadata()["resize_height"] = "4096";
  CHECK_NOTHROW(model_info(tensors));
  tensors.metadata()["frame_stride"] = "1000";
  CHECK_THROWS_WITH(model_info(tensors),
                    Catch::Contains("span 7001 frames") && Catch::Contains("328.2 GiB, at most 4"));
}

TEST_CASE("values that are no numbers are counted and their tensor named") {
  NamedTensors tensors;
  auto* values = tensors.add("fc8.bias", {4}, DType::f32).as<float>();
  std::fill_n(values, 4, 1.0f);
  CHECK_NOTHROW(check_finite(tensors));
  values[1] = std::numeric_limits<float>::quiet_NaN();
  values[3] = -std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(check_finite(tensors), Catch::Contains("2 of the 4 values of tensor 'fc8.bias'"));
  CHECK_NOTHROW(check_finite(tensors, {"fc8"}));
}

TEST_CASE("a profile travels with the weights and its mean cube as a tensor") {
  ModelInfo written;
  written.network.width = 0.25;
  written.network.classes = 2;
  written.network.clip_frames = 2;
  written.labels = {"a", "b"};
  written.preprocessing = profile_preprocessing(Profile::caffe_sports1m);
  std::vector<float> cube(std::size_t{2} * 128 * 171 * 3, 100);
  cube[5] = 7;
  written.preprocessing.mean_cube = std::make_shared<const std::vector<float>>(cube);
  NamedTensors tensors = weights(0.25, 2);
  add_model_info(tensors, written);
  const ModelInfo read = model_info(tensors);
  CHECK(read.preprocessing_known);
  CHECK(read.preprocessing.profile == Profile::caffe_sports1m);
  CHECK(read.preprocessing.crop_left == 29);
  REQUIRE(read.preprocessing.mean_cube != nullptr);
  CHECK(*read.preprocessing.mean_cube == cube);
  CHECK(parameters_of(tensors).find(kMeanCube) == nullptr);
}

TEST_CASE("metadata that name a profile alone say all of it") {
  NamedTensors tensors = weights(0.25, 3);
  CHECK(!model_info(tensors).preprocessing_known);
  tensors.metadata()["profile"] = "pvr";
  const Preprocessing p = model_info(tensors).preprocessing;
  CHECK(p.mean == std::array<float, 3>{90, 98, 102});
  CHECK(p.crop_left == 30);
  CHECK(p.colour_order == ColourOrder::bgr);
  tensors.metadata()["mean"] = "[1, 2, 3]";
  CHECK_THROWS_WITH(model_info(tensors), Catch::Contains("choose custom"));
}

}  // namespace
}  // namespace c3d
