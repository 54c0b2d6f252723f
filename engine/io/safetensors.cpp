#include "engine/io/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/float16.h"
#include "engine/io/atomic_file.h"
#include "engine/io/crc32c.h"
#include "engine/io/json.h"
#include "engine/io/reading.h"
#include "engine/io/safetensors_header.h"
#include "engine/io/safetensors_sums.h"
#include "engine/io/whole_file.h"

namespace c3d {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the format is little-endian and is used as it lies");

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;

// ---- elements -------------------------------------------------------------------------------------------

template <typename To, typename From>
To converted(From value, const std::string& name) {
  if constexpr (std::is_same_v<To, std::int32_t>) {
    expect(std::in_range<std::int32_t>(value), "tensor '{}' holds {}, which does not fit 32 bits", name,
           value);
  }
  return static_cast<To>(value);
}

template <>
float converted<float, Float16>(Float16 value, const std::string&) {
  return to_float(value);
}

template <typename To, typename From>
void add_converted(NamedTensors& tensors, const std::string& name, const Shape& shape,
                   const std::byte* data) {
  To* const to = tensors.add(name, shape, kDTypeOf<To>).template as<To>();
  const std::int64_t count = shape.count();
  for (std::int64_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, data + static_cast<std::size_t>(i) * sizeof(From), sizeof(From));
    to[i] = converted<To>(value, name);
  }
}

using AddConverted = void (*)(NamedTensors&, const std::string&, const Shape&, const std::byte*);

struct ElementType {
  std::string_view name;
  std::size_t bytes;
  DType type;            // in memory
  AddConverted convert;  // nullptr: it is that type in the file already
};

constexpr std::array kElementTypes{
    ElementType{"F32", 4, DType::f32, nullptr},
    ElementType{"BF16", 2, DType::bf16, nullptr},
    ElementType{"I32", 4, DType::i32, nullptr},
    ElementType{"U8", 1, DType::u8, nullptr},
    ElementType{"F64", 8, DType::f32, add_converted<float, double>},
    ElementType{"F16", 2, DType::f32, add_converted<float, Float16>},
    ElementType{"I16", 2, DType::f32, add_converted<float, std::int16_t>},
    ElementType{"U16", 2, DType::f32, add_converted<float, std::uint16_t>},
    ElementType{"I8", 1, DType::f32, add_converted<float, std::int8_t>},
    ElementType{"I64", 8, DType::i32, add_converted<std::int32_t, std::int64_t>},
    ElementType{"U64", 8, DType::i32, add_converted<std::int32_t, std::uint64_t>},
    ElementType{"U32", 4, DType::i32, add_converted<std::int32_t, std::uint32_t>}};

const ElementType& element_type(const SafetensorsEntry& entry) {
  for (const ElementType& type : kElementTypes) {
    if (type.name == entry.type) return type;
  }
  fail("tensor '{}' has the type '{:.20}', which is not supported: store it as F32", entry.name, entry.type);
}

std::string_view file_type(DType type) {
  for (const ElementType& element : kElementTypes) {
    if (element.type == type && element.convert == nullptr) return element.name;
  }
  fail("tensors of type {} cannot be stored", to_string(type));
}

// ---- reading --------------------------------------------------------------------------------------------

// The JSON, and what white space follows it.
std::string_view header_of(std::span<const std::byte> file) {
  std::uint64_t header_bytes = 0;
  expect(file.size() >= kLengthBytes, "not a safetensors file: it has {} bytes only", file.size());
  std::memcpy(&header_bytes, file.data(), kLengthBytes);
  expect(header_bytes <= kMaxHeaderBytes,
         "not a safetensors file: its header would have {} bytes, at most {} are allowed", header_bytes,
         kMaxHeaderBytes);
  expect(header_bytes <= file.size() - kLengthBytes, "it is cut short: {} bytes, the header alone has {}",
         file.size(), header_bytes);
  const auto* text = reinterpret_cast<const char*>(file.data() + kLengthBytes);
  expect(header_bytes > 0 && text[0] == '{', "not a safetensors file: its header does not start with '{{'");
  return {text, header_bytes};
}

constexpr const char* kAdvice = "restore the file from a copy";

// Takes our sums out of the metadata; they are compared where the header is as it was written.
void check_sums(SafetensorsHeader& header, HeaderSum header_sum, std::span<const std::byte> data,
                const std::filesystem::path& path) {
  const auto found = header.metadata.find(kSumsKey);
  if (found == header.metadata.end()) return;
  const std::string written = std::move(found->second);
  header.metadata.erase(found);
  if (header_sum != HeaderSum::right) return;
  expect(has_sums(written, header.entries.size()),
         "{} is damaged: it has {} tensors, and other checksums; {}", path, header.entries.size(), kAdvice);
  for (std::size_t i = 0; i < header.entries.size(); ++i) {
    const SafetensorsEntry& entry = header.entries[i];
    const auto bytes = data.subspan(entry.offsets[0], entry.offsets[1] - entry.offsets[0]);
    expect(is_sum(written, i, crc32c(bytes)),
           "{} is damaged: tensor '{}' does not have the checksum that it was written with; {}", path,
           entry.name, kAdvice);
  }
}

// Each tensor starts where the one before ends, the last ends with the file, and each is as large as its
// shape says.
void check_layout(const std::vector<SafetensorsEntry>& entries, std::uint64_t data_bytes) {
  std::uint64_t expected_first = 0;
  for (const SafetensorsEntry& entry : entries) {
    const std::uint64_t first = entry.offsets[0], end = entry.offsets[1];
    expect(first == expected_first && end >= first && end <= data_bytes,
           "tensor '{}' lies at bytes {} to {} of {}, but byte {} is the next free one: overlap, hole or a "
           "cut file",
           entry.name, first, end, data_bytes, expected_first);
    expected_first = end;
    const std::uint64_t element_bytes = element_type(entry).bytes;
    const auto count = static_cast<std::uint64_t>(Shape(entry.shape).count());  // refuses what overflows
    expect((end - first) % element_bytes == 0 && count == (end - first) / element_bytes,
           "tensor '{}' has {} bytes, but {} elements of type {}", entry.name, end - first, count,
           entry.type);
  }
  expect(expected_first == data_bytes, "the tensors end at byte {} of {}: the file does not fit its header",
         expected_first, data_bytes);
}

NamedTensors read_whole(const std::shared_ptr<const WholeFile>& file, const std::filesystem::path& path) {
  const std::string_view text = header_of(file->bytes());
  const HeaderSum header_sum = check_header_sum(text);
  expect(header_sum != HeaderSum::wrong,
         "{} is damaged: its header does not have the checksum that it was written with; {}", path, kAdvice);
  SafetensorsHeader header = parse_safetensors_header(text);
  std::stable_sort(
      header.entries.begin(), header.entries.end(),
      [](const SafetensorsEntry& a, const SafetensorsEntry& b) { return a.offsets < b.offsets; });
  const std::span<const std::byte> data = file->bytes().subspan(kLengthBytes + text.size());
  check_layout(header.entries, data.size());
  check_sums(header, header_sum, data, path);

  NamedTensors tensors;
  tensors.metadata() = std::move(header.metadata);
  for (const SafetensorsEntry& entry : header.entries) {
    const ElementType& type = element_type(entry);
    const Shape shape(entry.shape);
    const std::byte* first = data.data() + entry.offsets[0];
    if (type.convert != nullptr) {
      type.convert(tensors, entry.name, shape, first);
    } else if (reinterpret_cast<std::uintptr_t>(first) % type.bytes != 0) {
      const Tensor copy = tensors.add(entry.name, shape, type.type);
      std::memcpy(copy.data(), first, copy.bytes());
    } else {
      tensors.add({entry.name, ConstTensor(first, shape, type.type), file});
    }
  }
  return tensors;
}

}  // namespace

NamedTensors read_safetensors(const std::filesystem::path& path) {
  return reading(path, "", [&] { return read_whole(std::make_shared<const WholeFile>(path), path); });
}

void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors) {
  std::vector<const NamedTensor*> order;
  for (const NamedTensor& tensor : tensors.all()) {
    expect(tensor.values.memory_kind() != MemoryKind::device,
           "tensor '{}' is not in host memory; copy it there to write {}", tensor.name, path);
    expect(tensor.name != kSafetensorsMetadataKey, "no tensor may be called {}: {} is not written",
           kSafetensorsMetadataKey, path);
    order.push_back(&tensor);
  }
  std::stable_sort(order.begin(), order.end(), [](const NamedTensor* a, const NamedTensor* b) {
    return size_of(a->values.type()) > size_of(b->values.type());
  });

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  std::map<std::string, std::string> metadata = tensors.metadata();
  std::string sums;
  for (const NamedTensor* tensor : order) {
    add_sum(sums, crc32c(std::span(tensor->values.data(), tensor->values.bytes())));
  }
  if (!order.empty()) metadata[kSumsKey] = sums;
  if (!metadata.empty()) header[kSafetensorsMetadataKey] = metadata;
  std::size_t offset = 0;
  for (const NamedTensor* tensor : order) {
    const std::size_t end = offset + tensor->values.bytes();
    const auto extents = tensor->values.shape().extents();
    header[tensor->name] = {{"dtype", file_type(tensor->values.type())},
                            {"shape", std::vector<std::int64_t>(extents.begin(), extents.end())},
                            {"data_offsets", {offset, end}}};
    offset = end;
  }
  const std::string text = with_header_sum(dump_json(header));
  const std::uint64_t header_bytes = text.size();

  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&header_bytes, 1)));
  file.write(text);
  for (const NamedTensor* tensor : order)
    file.write(std::span(tensor->values.data(), tensor->values.bytes()));
  file.commit();
}

}  // namespace c3d
