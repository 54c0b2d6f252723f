#include "kernels/cuda/capability.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace c3d::cuda {
namespace {

// "90a-real": 90, and whether its code is for exactly that capability.
struct Architecture {
  int number = 0;
  bool exact = false, has_machine_code = true, is_word = false;
};

Architecture architecture_of(std::string_view text) {
  Architecture architecture;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), architecture.number);
  architecture.is_word = error != std::errc();
  const std::string_view suffix(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  architecture.exact = suffix.starts_with('a');
  architecture.has_machine_code = !suffix.ends_with("-virtual");
  return architecture;
}

bool fits(const Architecture& built, Capability gpu) {
  if (built.is_word) return true;
  const int major = built.number / 10, minor = built.number % 10;
  if (!built.has_machine_code || major != gpu.major) return false;
  return built.exact ? minor == gpu.minor : minor <= gpu.minor;
}

}  // namespace

std::string capability_obstacle(std::string_view gpu, Capability capability, std::string_view architectures) {
  for (std::string_view rest = architectures; !rest.empty();) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    if (fits(architecture_of(rest.substr(0, end)), capability)) return "";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return fmt::format(
      "{} has compute capability {}.{}, and this build has code for '{}' alone: build with "
      "-DC3D_CUDA_ARCHITECTURES={}{}",
      gpu, capability.major, capability.minor, architectures, capability.major, capability.minor);
}

}  // namespace c3d::cuda
