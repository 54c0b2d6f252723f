#include "c3d/report/tensorboard/records.h"

#include <fcntl.h>

#include <bit>
#include <span>

#include "engine/io/crc32c.h"

namespace c3d {
namespace {

constexpr std::uint32_t kMask = 0xA282EAD8U;
constexpr std::uint64_t kHeadBytes = 12, kTailBytes = 4;  // of the frame

// The lowest byte first, on any processor.
template <typename Number>
void append(std::string& bytes, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes += static_cast<char>(static_cast<unsigned char>(number >> 8 * i));
  }
}

template <typename Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number |= Number{static_cast<unsigned char>(bytes[at + i])} << 8 * i;
  }
  return number;
}

}  // namespace

std::uint32_t masked_crc32c(std::string_view bytes) { return std::rotr(crc32c_of_text(bytes), 15) + kMask; }

std::string framed(std::string_view record) {
  std::string frame;
  frame.reserve(record.size() + kHeadBytes + kTailBytes);
  append<std::uint64_t>(frame, record.size());
  append(frame, masked_crc32c(frame));
  frame += record;
  append(frame, masked_crc32c(record));
  return frame;
}

RecordReader::RecordReader(const std::filesystem::path& path) : file_(path, O_RDONLY), bytes_(file_.size()) {}

std::optional<std::string> RecordReader::next() {
  const std::uint64_t left = bytes_ - at_;
  std::string head(kHeadBytes, '\0');
  if (left < kHeadBytes || !file_.read_at(at_, std::as_writable_bytes(std::span(head)))) return std::nullopt;
  const auto length = number_at<std::uint64_t>(head, 0);
  if (number_at<std::uint32_t>(head, 8) != masked_crc32c(std::string_view(head).substr(0, 8))) {
    return std::nullopt;
  }
  if (left - kHeadBytes < kTailBytes || length > left - kHeadBytes - kTailBytes) return std::nullopt;
  std::string record(length + kTailBytes, '\0');
  if (!file_.read_at(at_ + kHeadBytes, std::as_writable_bytes(std::span(record)))) return std::nullopt;
  const auto sum = number_at<std::uint32_t>(record, length);
  record.resize(length);
  if (sum != masked_crc32c(record)) return std::nullopt;
  at_ += kHeadBytes + length + kTailBytes;
  return record;
}

}  // namespace c3d
