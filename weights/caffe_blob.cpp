#include "weights/caffe_blob.h"

#include <fmt/ranges.h>

#include <limits>

#include "engine/core/error.h"
#include "weights/proto/caffe_blob.pb.h"
#include "weights/proto/caffe_blob_v10.pb.h"
#include "weights/wire_reader.h"

namespace c3d {
namespace {

constexpr std::uint32_t kTellingField = 5;  // v1.0: width; else: the values
constexpr std::uint32_t kDoublesField = 8;  // unknown to v1.0
constexpr std::size_t kMaxExtents = 16;

template <typename Message>
std::shared_ptr<Message> parsed(std::span<const std::byte> blob) {
  auto message = std::make_shared<Message>();
  expect(message->ParseFromArray(blob.data(), static_cast<int>(blob.size())), "its bytes are damaged");
  return message;
}

// Files from before a dimension was known lack it: Caffe counts it as 1.
std::int64_t legacy_extent(std::int32_t extent) { return extent == 0 ? 1 : extent; }

void check_size(const CaffeBlob& blob) {
  expect(blob.extents.size() <= kMaxExtents, "it has {} dimensions", blob.extents.size());
  std::int64_t count = 1;
  for (const std::int64_t extent : blob.extents) {
    expect(extent > 0 && count <= std::numeric_limits<std::int64_t>::max() / extent,
           "[{}] is no possible shape", fmt::join(blob.extents, ", "));
    count *= extent;
  }
  expect(static_cast<std::uint64_t>(count) == blob.values.size(),
         "[{}] asks for {} values, but the file holds {}", fmt::join(blob.extents, ", "), count,
         blob.values.size());
}

CaffeBlob parse_v10(std::span<const std::byte> bytes) {
  const auto message = parsed<caffe_v10::BlobProto>(bytes);
  CaffeBlob blob;
  for (const std::int32_t extent :
       {message->num(), message->channels(), message->length(), message->height(), message->width()}) {
    blob.extents.push_back(legacy_extent(extent));
  }
  blob.values = {message->data().data(), static_cast<std::size_t>(message->data_size())};
  blob.owner = message;
  return blob;
}

CaffeBlob parse_bvlc(std::span<const std::byte> bytes) {
  const auto message = parsed<caffe::BlobProto>(bytes);
  CaffeBlob blob;
  if (message->has_shape()) {
    const auto& extents = message->shape().dim();
    blob.extents.assign(extents.begin(), extents.end());
  } else {
    for (const std::int32_t extent :
         {message->num(), message->channels(), message->height(), message->width()}) {
      blob.extents.push_back(legacy_extent(extent));
    }
  }
  if (message->data_size() == 0 && message->double_data_size() > 0) {
    const auto& doubles = message->double_data();
    const auto floats = std::make_shared<std::vector<float>>();
    floats->reserve(static_cast<std::size_t>(doubles.size()));
    for (const double value : doubles) floats->push_back(static_cast<float>(value));
    blob.values = *floats;
    blob.owner = floats;
  } else {
    blob.values = {message->data().data(), static_cast<std::size_t>(message->data_size())};
    blob.owner = message;
  }
  return blob;
}

}  // namespace

const char* to_string(CaffeNumbering numbering) {
  return numbering == CaffeNumbering::v10 ? "C3D v1.0" : "Caffe, C3D v1.1";
}

std::optional<CaffeNumbering> numbering_of(std::span<const std::byte> blob) {
  bool v10 = false, bvlc = false;
  WireReader fields(blob);
  while (fields.next()) {
    if (fields.number() == kTellingField) (fields.type() == WireType::varint ? v10 : bvlc) = true;
    if (fields.number() == kDoublesField) bvlc = true;
  }
  expect(!fields.broken(), "its bytes are damaged, or cut short");
  if (v10 == bvlc) return std::nullopt;
  return v10 ? CaffeNumbering::v10 : CaffeNumbering::bvlc;
}

CaffeBlob parse_blob(std::span<const std::byte> blob, CaffeNumbering numbering) {
  CaffeBlob result = numbering == CaffeNumbering::v10 ? parse_v10(blob) : parse_bvlc(blob);
  check_size(result);
  return result;
}

}  // namespace c3d
