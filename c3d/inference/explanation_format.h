// The formats that explanations are written in (c3d/explanation.h), as extensions of their files.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace c3d {

enum class ExplanationFormat : std::uint8_t { mp4, png, npy };

inline std::vector<std::pair<std::string, ExplanationFormat>> explanation_format_names() {
  return {{"mp4", ExplanationFormat::mp4}, {"png", ExplanationFormat::png}, {"npy", ExplanationFormat::npy}};
}

// ".mp4"
inline std::string extension(ExplanationFormat format) {
  std::string result;
  for (const auto& [name, value] : explanation_format_names()) {
    if (value == format) result = "." + name;
  }
  return result;
}

}  // namespace c3d
