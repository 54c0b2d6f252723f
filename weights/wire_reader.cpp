#include "weights/wire_reader.h"

#include <algorithm>
#include <limits>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::uint32_t kTypeBits = 3;

int checked_size(std::span<const std::byte> message) {
  expect(message.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()),
         "it has {} bytes; protobuf files end at 2 GiB", message.size());
  return static_cast<int>(message.size());
}

}  // namespace

WireReader::WireReader(std::span<const std::byte> message, bool part)
    : message_(message),
      stream_(reinterpret_cast<const std::uint8_t*>(message.data()), checked_size(message)),
      part_(part) {}

bool WireReader::stop(bool at_end) {
  broken_ = !(at_end && part_);
  return false;
}

bool WireReader::next() {
  if (broken_ || stream_.CurrentPosition() == static_cast<int>(message_.size())) return false;
  bytes_ = {};
  std::uint32_t tag = 0;
  if (!stream_.ReadVarint32(&tag)) return stop(true);
  number_ = tag >> kTypeBits;
  type_ = static_cast<WireType>(tag & ((1u << kTypeBits) - 1));
  return number_ != 0 ? read_value() : stop(false);
}

bool WireReader::read_value() {
  std::uint64_t value = 0;
  std::uint32_t fixed = 0;
  switch (type_) {
    case WireType::varint:
      return stream_.ReadVarint64(&value) || stop(true);
    case WireType::fixed64:
      return stream_.ReadLittleEndian64(&value) || stop(true);
    case WireType::fixed32:
      return stream_.ReadLittleEndian32(&fixed) || stop(true);
    case WireType::bytes:
      break;
    default:
      return stop(false);  // groups: no file of ours has them
  }
  if (!stream_.ReadVarint64(&value)) return stop(true);
  const auto first = static_cast<std::size_t>(stream_.CurrentPosition());
  const std::size_t left = message_.size() - first;
  if (value > left && !part_) return stop(true);
  bytes_ = message_.subspan(first, std::min<std::size_t>(value, left));
  return stream_.Skip(static_cast<int>(bytes_.size())) || stop(true);
}

}  // namespace c3d
