// NumPy's .npz: a zip file of .npy arrays by name. Two of C3D's files are such: the weights by which
// pfnet-research/tgan and tgan2 judge generated videos, conv3d_deepnetA_ucf.npz, saved by Chainer
// (chainer.serializers.save_npz: `conv1a/W.npy`, `conv1a/b.npy` ...), and their mean2.npz. Needs libzip; a
// build without has a stand-in that says so. Every size is checked against the file before it is believed;
// errors name the array. Free functions: any thread may call them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "engine/io/named_tensors.h"
#include "weights/npy_array.h"

namespace c3d {

// Whether a zip file's first entry is a .npy.
bool looks_like_npz(std::span<const std::byte> head);

// Weights in f32, in the file's order of names: Chainer's `conv1a/W` [K,C,kd,kh,kw] and `fc6/W` [outputs,
// inputs] become `conv1a.weight` and `fc6.weight`, `conv1a/b` [K] becomes `conv1a.bias`; any other array
// keeps its name, with dots for slashes. Metadata: `source_format`, and `pool5` ("caffe"): Chainer's pooling
// rounds up, as Caffe's does.
NamedTensors read_chainer_file(const std::filesystem::path& path);
NamedTensors parse_chainer(std::span<const std::byte> file);

// The array of this name, or the only one there is.
NpyArray parse_npz(std::span<const std::byte> file, const std::string& name);

}  // namespace c3d
