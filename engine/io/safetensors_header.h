// The JSON header of a safetensors file, checked for form; what it says of the data is the caller's to check.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace c3d {

struct SafetensorsEntry {
  std::string name, type;
  std::vector<std::int64_t> shape;     // at most Shape::kMaxRank extents
  std::vector<std::uint64_t> offsets;  // two: first byte, and one past the last
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;
  std::map<std::string, std::string> metadata;
};

inline constexpr const char* kSafetensorsMetadataKey = "__metadata__";

SafetensorsHeader parse_safetensors_header(std::string_view json);

}  // namespace c3d
