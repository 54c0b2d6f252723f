#include "weights/zip_writer.h"

#include <zlib.h>

#include <concepts>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::uint64_t kAlignment = 64, kMostBytes = 0xffffffff;
constexpr std::uint16_t kVersion = 20;           // 2.0
constexpr std::uint16_t kMidnight = 0;           // no time: the same tensors make the same bytes
constexpr std::uint16_t kFirstDay = 0x21;        // 1 January 1980, the first day that a zip knows
constexpr std::uint16_t kPaddingField = 0x4246;  // "FB", the extra field PyTorch pads with
constexpr std::uint64_t kLocalBytes = 30, kExtraBytes = 4;

void put(std::string& to, std::unsigned_integral auto value) {
  for (std::size_t i = 0; i < sizeof value; ++i) to += static_cast<char>((value >> (8 * i)) & 0xff);
}

template <std::unsigned_integral T>
T narrow(std::uint64_t value) {
  expect(value <= std::numeric_limits<T>::max(),
         "a .pth of more than 4 GiB, or of so many tensors, is not written; choose .safetensors");
  return static_cast<T>(value);
}

std::uint32_t checksum_of(std::span<const std::byte> content) {
  const auto* bytes = reinterpret_cast<const Bytef*>(content.data());
  return static_cast<std::uint32_t>(crc32_z(crc32_z(0, nullptr, 0), bytes, content.size()));
}

// What the local header and the directory have in common.
void put_facts(std::string& to, std::uint32_t checksum, std::uint32_t bytes, std::size_t name_bytes) {
  put(to, kVersion);
  put(to, std::uint16_t{0});  // flags
  put(to, std::uint16_t{0});  // stored
  put(to, kMidnight);
  put(to, kFirstDay);
  put(to, checksum);
  put(to, bytes);
  put(to, bytes);
  put(to, narrow<std::uint16_t>(name_bytes));
}

}  // namespace

void ZipWriter::write(std::string_view bytes) {
  file_.write(bytes);
  offset_ += bytes.size();
}

void ZipWriter::add(const std::string& name, std::string_view content) {
  add(name, std::as_bytes(std::span(content)));
}

void ZipWriter::add(const std::string& name, std::span<const std::byte> content) {
  const Entry entry{name, checksum_of(content), narrow<std::uint32_t>(content.size()),
                    narrow<std::uint32_t>(offset_)};
  const std::uint64_t unpadded = offset_ + kLocalBytes + name.size() + kExtraBytes;
  const std::uint64_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;
  std::string header = "PK\x03\x04";
  put_facts(header, entry.checksum, entry.bytes, name.size());
  put(header, narrow<std::uint16_t>(kExtraBytes + padding));
  header += name;
  put(header, kPaddingField);
  put(header, narrow<std::uint16_t>(padding));
  header.append(padding, 'Z');
  write(header);
  write({reinterpret_cast<const char*>(content.data()), content.size()});
  entries_.push_back(entry);
}

void ZipWriter::finish() {
  std::string directory;
  for (const Entry& entry : entries_) {
    directory += "PK\x01\x02";
    put(directory, kVersion);
    put_facts(directory, entry.checksum, entry.bytes, entry.name.size());
    directory.append(12, '\0');  // no extra field, comment, disk or attributes
    put(directory, entry.offset);
    directory += entry.name;
  }
  std::string end = "PK\x05\x06";
  end.append(4, '\0');  // one disk
  for (int i = 0; i < 2; ++i) put(end, narrow<std::uint16_t>(entries_.size()));
  put(end, narrow<std::uint32_t>(directory.size()));
  put(end, narrow<std::uint32_t>(offset_));
  put(end, std::uint16_t{0});  // comment
  expect(offset_ + directory.size() + end.size() <= kMostBytes,
         "a .pth of more than 4 GiB is not written; choose .safetensors");
  write(directory);
  write(end);
}

}  // namespace c3d
