#include "weights/npy_array.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "engine/core/error.h"

namespace c3d {
namespace {

static_assert(std::endian::native == std::endian::little, "values are used as they lie in the file");

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::size_t kMaxHeaderBytes = 1 << 16, kMaxRank = 32;

struct Header {
  std::string type;
  bool fortran_order = false;
  std::vector<std::int64_t> extents;
};

// The header is a Python dict of three known keys: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 16),
// }
class HeaderText {
 public:
  explicit HeaderText(std::string_view text) : left_(text) {}

  Header read() {
    Header header;
    demand("{");
    int keys = 0;
    for (; !take("}"); ++keys) {
      const std::string_view key = quoted();
      demand(":");
      if (key == "descr") {
        header.type = quoted();
      } else if (key == "fortran_order") {
        header.fortran_order = take("True");
        if (!header.fortran_order) demand("False");
      } else if (key == "shape") {
        header.extents = extents();
      } else {
        refuse();
      }
      take(",");
    }
    expect(keys == 3 && !header.type.empty(), "its header lacks descr, fortran_order or shape");
    return header;
  }

 private:
  [[noreturn]] static void refuse() { fail("its header is not that of one array of numbers"); }

  void skip_space() { left_.remove_prefix(std::min(left_.find_first_not_of(" \n"), left_.size())); }
  bool take(std::string_view word) {
    skip_space();
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    return true;
  }
  void demand(std::string_view word) {
    if (!take(word)) refuse();
  }
  std::string_view quoted() {
    demand("'");
    const std::size_t end = left_.find('\'');
    if (end == std::string_view::npos) refuse();
    const std::string_view text = left_.substr(0, end);
    left_.remove_prefix(end + 1);
    return text;
  }
  std::vector<std::int64_t> extents() {
    std::vector<std::int64_t> result;
    demand("(");
    while (!take(")")) {
      skip_space();
      std::int64_t extent = 0;
      const auto [end, code] = std::from_chars(left_.data(), left_.data() + left_.size(), extent);
      if (code != std::errc() || extent < 0 || result.size() == kMaxRank) refuse();
      left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
      result.push_back(extent);
      take(",");
    }
    return result;
  }

  std::string_view left_;
};

template <typename Element>
std::vector<float> values_of(std::span<const std::byte> data) {
  std::vector<float> values(data.size() / sizeof(Element));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Element value;
    std::memcpy(&value, data.data() + i * sizeof(Element), sizeof(Element));
    values[i] = static_cast<float>(value);
  }
  return values;
}

// From the first index running fastest to the last.
std::vector<float> c_order(const std::vector<float>& values, const std::vector<std::int64_t>& extents) {
  std::vector<float> result(values.size());
  std::vector<std::int64_t> index(extents.size());
  for (float& to : result) {
    std::int64_t from = 0;
    for (std::size_t axis = extents.size(); axis-- > 0;) from = from * extents[axis] + index[axis];
    to = values[static_cast<std::size_t>(from)];
    for (std::size_t axis = extents.size(); axis-- > 0 && ++index[axis] == extents[axis];) index[axis] = 0;
  }
  return result;
}

std::uint64_t count_of(const std::vector<std::int64_t>& extents) {
  std::int64_t count = 1;
  for (const std::int64_t extent : extents) {
    expect(extent == 0 || count <= std::numeric_limits<std::int64_t>::max() / extent,
           "its shape has more elements than can be counted");
    count *= extent;
  }
  return static_cast<std::uint64_t>(count);
}

}  // namespace

bool looks_like_npy(std::span<const std::byte> head) {
  return head.size() >= kMagic.size() && std::memcmp(head.data(), kMagic.data(), kMagic.size()) == 0;
}

NpyArray parse_npy(std::span<const std::byte> file) {
  expect(looks_like_npy(file) && file.size() > kMagic.size() + 4, "it is no .npy file, or cut short");
  const int version = std::to_integer<int>(file[kMagic.size()]);
  expect(version >= 1 && version <= 3, "it is a .npy file of version {}; 1 to 3 are known", version);
  const std::size_t length_bytes = version == 1 ? 2 : 4, length_at = kMagic.size() + 2;
  expect(file.size() >= length_at + length_bytes, "it is cut short");
  std::uint32_t length = 0;
  std::memcpy(&length, file.data() + length_at, length_bytes);
  const auto rest = file.subspan(length_at + length_bytes);
  expect(length <= kMaxHeaderBytes && length <= rest.size(),
         "it is cut short: its header would have {} bytes", length);

  const Header header = HeaderText({reinterpret_cast<const char*>(rest.data()), length}).read();
  expect(header.type == "<f4" || header.type == "<f8",
         "it holds '{:.20}'; little-endian float32 and float64 can be read: save array.astype('<f4')",
         header.type);
  const std::size_t element_bytes = header.type == "<f4" ? sizeof(float) : sizeof(double);
  const auto data = rest.subspan(length);
  const std::uint64_t count = count_of(header.extents);
  expect(data.size() % element_bytes == 0 && count == data.size() / element_bytes,
         "its shape asks for {} values of {} bytes, but {} bytes follow", count, element_bytes, data.size());

  NpyArray array{header.extents,
                 element_bytes == sizeof(float) ? values_of<float>(data) : values_of<double>(data)};
  if (header.fortran_order) array.values = c_order(array.values, array.extents);
  return array;
}

}  // namespace c3d
