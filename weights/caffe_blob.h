// A blob of a Caffe file (BlobProto) in either of its two numberings: C3D v1.0 gave the fields other numbers
// than Caffe and C3D v1.1. Read with the wrong table, weights come out empty; field 5 tells them apart, as it
// is a width (a varint) in one and the values in the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace c3d {

enum class CaffeNumbering : std::uint8_t { v10, bvlc };
const char* to_string(CaffeNumbering numbering);  // "C3D v1.0", "Caffe, C3D v1.1"

struct CaffeBlob {
  std::vector<std::int64_t> extents;  // as in the file, each at least 1; their product: the number of values
  std::span<const float> values;
  std::shared_ptr<const void> owner;  // of the values
};

// Nothing where the blob's fields fit neither table, or both.
std::optional<CaffeNumbering> numbering_of(std::span<const std::byte> blob);
CaffeBlob parse_blob(std::span<const std::byte> blob, CaffeNumbering numbering);

}  // namespace c3d
