#include "tools/shared/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <fstream>
#include <optional>
#include <vector>

#include "engine/core/error.h"
#include "engine/io/atomic_file.h"

namespace c3d {

constexpr std::size_t kAlignment = 64;   // of the values in the file
constexpr std::size_t kMagicBytes = 10;  // magic, version, length of the text
constexpr std::uint64_t kLongestHeader = 1 << 16;
static_assert(std::endian::native == std::endian::little, "the file says little-endian");

namespace {

struct NpyHeader {
  std::size_t item_bytes = 0;
  std::vector<std::int64_t> extents;
};

// What stands after `'key':` in the dictionary, up to `end`.
std::optional<std::string_view> entry(std::string_view text, std::string_view key, char end) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t first = text.find_first_not_of(" :", at + key.size());
  const std::size_t last = text.find(end, first);
  if (first == std::string_view::npos || last == std::string_view::npos) return std::nullopt;
  return text.substr(first, last - first);
}

// "(3, 16" -> its numbers. nullopt: something else stands there.
std::optional<std::vector<std::int64_t>> numbers(std::string_view text) {
  if (!text.starts_with('(')) return std::nullopt;
  std::vector<std::int64_t> result;
  for (text.remove_prefix(1);;) {
    text.remove_prefix(std::min(text.find_first_not_of(" ,"), text.size()));
    if (text.empty()) return result;
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc() || value < 0) return std::nullopt;
    result.push_back(value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
}

NpyHeader parse_header(const std::string& path, std::string_view text) {
  NpyHeader header;
  const auto type = entry(text, "'descr'", ','), order = entry(text, "'fortran_order'", ',');
  const auto shape = entry(text, "'shape'", ')');
  const auto extents = shape ? numbers(*shape) : std::nullopt;
  expect(type && order && extents, "{}: the header of this .npy file cannot be read", path);
  header.item_bytes = *type == "'<f4'" ? sizeof(float) : *type == "'<f8'" ? sizeof(double) : 0;
  expect(header.item_bytes != 0 && *order == "False",
         "{}: it holds {} with fortran_order {}; save it as a float32 array in C order", path, *type, *order);
  expect(extents->size() <= Shape::kMaxRank, "{}: {} dimensions, at most {} are known", path, extents->size(),
         Shape::kMaxRank);
  header.extents = *extents;
  return header;
}

// Reads and checks all but the values, at which it leaves the file.
NpyHeader read_header(const std::string& path, std::ifstream& file, std::uint64_t file_bytes) {
  std::string start(kMagicBytes, '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  expect(file.good() && start.starts_with("\x93NUMPY"), "{}: this is no .npy file", path);
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(start[i]));
  };
  std::uint64_t length = byte(8) | byte(9) << 8, at = kMagicBytes;
  if (byte(6) >= 2) {  // 32 bits
    start.resize(kMagicBytes + 2);
    file.read(&start[kMagicBytes], 2);
    length |= byte(kMagicBytes) << 16 | byte(kMagicBytes + 1) << 24;
    at += 2;
  }
  expect(file.good() && length <= kLongestHeader && at + length <= file_bytes,
         "{}: this .npy file is cut off in its header", path);
  std::string text(length, '\0');
  file.read(text.data(), static_cast<std::streamsize>(length));
  NpyHeader header = parse_header(path, text);
  std::uint64_t left = (file_bytes - at - length) / header.item_bytes, count = 1;
  for (const std::int64_t extent : header.extents) {
    const auto size = static_cast<std::uint64_t>(extent);
    expect(size == 0 || count <= left / size, "{}: its header says more values than the file holds", path);
    count *= size;
  }
  expect(at + length + count * header.item_bytes == file_bytes,
         "{}: its header says {} values, the file holds {}", path, count, left);
  return header;
}

}  // namespace

std::string npy_header(std::int64_t rows, std::int64_t size) {
  std::string text =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, size);
  const std::size_t unpadded = kMagicBytes + text.size() + 1;
  text.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  text += '\n';
  std::string start = "\x93NUMPY";
  start += {'\x01', '\x00', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return start + text;
}

void write_npy(const std::filesystem::path& path, std::int64_t rows, std::int64_t size,
               std::span<const float> values) {
  expect(static_cast<std::int64_t>(values.size()) == rows * size, "{}: {} values are no table of {} x {}",
         path.string(), values.size(), rows, size);
  AtomicFile file(path);
  file.write(npy_header(rows, size));
  file.write(std::as_bytes(values));
  file.commit();
}

NamedTensor read_npy(const std::filesystem::path& path) {
  std::error_code error;
  const std::uint64_t bytes = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  expect(!error && file.is_open(), "{}: there is no such file to read", path.string());
  const NpyHeader header = read_header(path.string(), file, bytes);
  NamedTensors memory;
  const std::string name = path.stem().string();
  const Tensor values = memory.add(name, Shape(header.extents), DType::f32);
  const auto count = static_cast<std::size_t>(values.count());
  if (header.item_bytes == sizeof(float)) {
    file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.bytes()));
  } else {
    std::vector<double> wide(count);
    file.read(reinterpret_cast<char*>(wide.data()), static_cast<std::streamsize>(count * sizeof(double)));
    std::transform(wide.begin(), wide.end(), values.as<float>(),
                   [](double value) { return static_cast<float>(value); });
  }
  expect(file.good() || count == 0, "{}: its values cannot be read", path.string());
  return memory.at(name);
}

}  // namespace c3d
