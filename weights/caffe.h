// Weights and means of Caffe, of both C3D releases (github.com/facebookarchive/C3D), as host tensors that
// live as long as anyone holds them. Every size is checked against the file before it is believed; errors
// name file and layer. Free functions: any thread may call them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "engine/io/named_tensors.h"
#include "weights/caffe_net.h"

namespace c3d {

// A .caffemodel of up to 2 GiB: `conv1a.weight` [K,C,kd,kh,kw], `fc6-1.weight` [outputs, inputs],
// `conv1a.bias` [K], in f32, named as the layers are; a layer's further blobs are `NAME.blob2` ... Metadata:
// `source_format` ("caffemodel, C3D v1.0"), and `pool5` ("caffe"), which such networks are trained with.
NamedTensors read_caffemodel(const std::filesystem::path& path);
NamedTensors parse_caffemodel(std::span<const std::byte> file);

// A mean in the channel order of the file (Caffe's is BGR), from a .binaryproto of either numbering, a .npy
// (float32 or float64), or a .npz: its array `mean`, or the only one in it. `mean` [3,D,H,W] in f32, D = 1
// for a single picture, or [3] where it has one value for each colour.
NamedTensor read_mean(const std::filesystem::path& path);
NamedTensor parse_mean_file(std::span<const std::byte> file);

}  // namespace c3d
