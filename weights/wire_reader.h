// The fields of a protobuf message one by one, without copying: for looking into files of hundreds of
// megabytes before any of them is parsed. Borrows the bytes. The wire format is described at protobuf.dev.
#pragma once

#include <google/protobuf/io/coded_stream.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace c3d {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

class WireReader {
 public:
  // `part`: the bytes are the start of a message only; what is cut off at the end is no mistake then.
  explicit WireReader(std::span<const std::byte> message, bool part = false);

  bool next();  // false: at the end, or broken()
  // What was read last is no protobuf message, or it is cut short.
  bool broken() const { return broken_; }

  std::uint32_t number() const { return number_; }
  WireType type() const { return type_; }
  // Of a field of that type; shorter than it says it is where `part` ends.
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  bool stop(bool at_end);  // false, for next()
  bool read_value();

  std::span<const std::byte> message_, bytes_;
  google::protobuf::io::CodedInputStream stream_;
  std::uint32_t number_ = 0;
  WireType type_ = WireType::varint;
  bool part_, broken_ = false;
};

}  // namespace c3d
