// Weights files: what is in them, from one format to another, and whether two are equal. Read are C3D's
// weights as .safetensors, PyTorch's .pth and .pt of any age, Caffe's .caffemodel of both releases, Chainer's
// .npz; the format is told by what a file holds. Files are never run: a pickle may build tensors and nothing
// else.
//
// Every function may be called from any thread. Error: a file that cannot be read or written, or is none of
// these.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "c3d/device.h"
#include "c3d/export.h"

namespace c3d {

struct TensorSummary {
  std::string name;                        // in the file
  std::string our_name;                    // "conv1.weight"; empty: C3D has no such tensor
  std::vector<std::int64_t> shape;         // as PyTorch has it: out, in, depth, height, width
  std::string type;                        // f32, bf16, u8, i32
  std::int64_t count = 0, not_finite = 0;  // of its values
  double least = 0, most = 0, mean = 0;    // of the finite ones
};
struct WeightsSummary {
  std::vector<TensorSummary> tensors;           // in the file's order
  std::map<std::string, std::string> metadata;  // with where the file comes from: source, source_sha256 ...
};
C3D_API WeightsSummary inspect_weights(const std::filesystem::path& file);

struct ConversionOptions {
  std::string name_map = "auto";  // whose names the tensors have: auto, pvr, features, mmaction2, caffe
  std::string profile = {};       // how frames are prepared for them, where the file does not say it
  std::vector<std::string> fresh_layers = {};  // that get fresh values in place of the file's: fc8
  std::int64_t classes = 0;                    // of a fresh fc8; 0: as many as the file's
  std::uint64_t seed = 0;                      // of fresh values
  std::string type = "f32";  // of the values written; bf16: rounded, in half the bytes, .safetensors alone
};
// Checks all tensors against the network that they are of, and writes them under our names with all that is
// needed to use them. The format of `out` is told by its extension: .safetensors, .pth, .pt, .onnx. `out`
// appears whole or not at all. Error, besides the above: a tensor is missing, extra or of another shape, or
// holds what is no number.
C3D_API void convert_weights(const std::filesystem::path& in, const std::filesystem::path& out,
                             const ConversionOptions& options = {});

// Writes a folder as the Hugging Face Hub keeps models: model.safetensors, config.json (labels and how frames are
// prepared) and README.md (a model card, with what the weights say of their training). Whatever takes weights
// takes such a folder. Errors as of convert_weights(), and a README.md or config.json there that no export wrote.
C3D_API void export_hub_folder(const std::filesystem::path& in, const std::filesystem::path& folder,
                               const ConversionOptions& options = {});

struct TensorDifference {
  std::string name;       // ours
  double difference = 0;  // the largest absolute one; infinite where there is nothing to compare
  std::string reason;     // of an infinite one: "not in the second file"
};
// Of all tensors of two files, by our names.
C3D_API std::vector<TensorDifference> compare_weights(const std::filesystem::path& a,
                                                      const std::filesystem::path& b);

struct CalibrationOptions {
  std::int64_t clips = 1000;  // about so many, spread over the training videos; at most 10 of each
  // Those of train() that say which videos there are and which of them train: {"val", "other/videos"}.
  std::vector<std::pair<std::string, std::string>> settings = {};
  DeviceOptions device = {};  // f32, as it must be
};
// Each may be left empty. `calibrating` and `note` are called on the thread that called calibrate_weights(); the others, before
// the first clip, by the threads that read videos, one at a time, too.
struct CalibrationCallbacks {
  std::function<void(std::int64_t done, std::int64_t total)> reading;      // videos
  std::function<void(std::int64_t done, std::int64_t total)> calibrating;  // clips
  std::function<void(const std::string&)> note;                            // lines for people
  std::function<bool()> stop_requested;                                    // true ends it with an Error
};
struct WeightsCalibration {
  std::int64_t videos = 0, clips = 0;  // that the network saw
  std::vector<std::pair<std::string, double>>
      ranges;  // the largest value of each layer that fp8 keeps in 8 bits
};
// What `precision` fp8 needs: how large the values become that it keeps in 8 bits. Training clips of `data`, which is what
// the setting `data` of train() may be, go through the network in f32; the largest values are written into
// the metadata of `weights` itself, a .safetensors with our names, which stays as it was or is replaced
// whole. Error: a file of another format; weights that do not say how frames are prepared; videos that
// cannot be used.
C3D_API WeightsCalibration calibrate_weights(const std::filesystem::path& weights,
                                             const std::filesystem::path& data,
                                             const CalibrationOptions& options = {},
                                             const CalibrationCallbacks& callbacks = {});

}  // namespace c3d
