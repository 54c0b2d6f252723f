// Where the layers of a .caffemodel (NetParameter) keep their weights. All of Caffe's formats: `layers` of
// C3D v1.0 and of Caffe before 2015, with the even older V0 layer inside, and `layer` of today. Types are not
// looked at: C3D's numbers for them were given to others later. The spans lie in the file's bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace c3d {

struct CaffeLayer {
  std::string name;
  std::vector<std::span<const std::byte>> blobs;  // each a BlobProto
};

// Those that have blobs, in the file's order.
std::vector<CaffeLayer> find_layers(std::span<const std::byte> net);

// Whether a file that starts with `head` can be a .caffemodel; the head should reach into the first layer
// (256 bytes do as a rule). Other formats of weights, prototxt and binaryproto are not taken for one.
bool looks_like_caffemodel(std::span<const std::byte> head);

}  // namespace c3d
