#include "c3d/live/recording_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>

#include "engine/core/printable.h"

namespace c3d {
namespace {

constexpr std::size_t kMostLabelBytes = 100;

struct LocalTime {
  std::string seconds;  // "2026-11-30T04:43:37"
  int milliseconds;
  std::string zone;  // "+0100"
};

LocalTime local_time(std::chrono::system_clock::time_point time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, 64> text{}, zone{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::strftime(zone.data(), zone.size(), "%z", &parts);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(time - whole).count();
  return {text.data(), static_cast<int>(rest), zone.data()};
}

// Letters of any script stay; so do digits and "-".
std::string safe(const std::string& label) {
  std::string result;
  for (std::size_t at = 0; at < label.size() && result.size() < kMostLabelBytes;) {
    const std::size_t end = std::max(utf8_end(label, at), at + 1);
    const auto first = static_cast<unsigned char>(label[at]);
    const std::string character = label.substr(at, end - at);
    const bool plain = end == at + 1 && (std::isalnum(first) != 0 || first == '-');
    const bool letter = end > at + 1 && printable(character) == character;
    result += plain || letter ? character : "_";
    at = end;
  }
  return result;
}

// Files of that name with any extension.
bool is_taken(const std::filesystem::path& name) {
  std::error_code unknown;
  return std::ranges::any_of(std::array{".mp4", ".mkv"}, [&](const char* extension) {
    return std::filesystem::exists(name.native() + extension, unknown);
  });
}

}  // namespace

std::string iso_time(std::chrono::system_clock::time_point time) {
  const LocalTime local = local_time(time);
  std::string zone = local.zone;
  if (zone.size() == 5) zone.insert(3, ":");
  return fmt::format("{}.{:03}{}", local.seconds, local.milliseconds, zone);
}

std::filesystem::path recording_name(const std::filesystem::path& folder,
                                     std::chrono::system_clock::time_point time, const std::string& label) {
  const LocalTime local = local_time(time);
  std::string name = fmt::format("{}.{:03}{}_{}", local.seconds, local.milliseconds, local.zone, safe(label));
  std::ranges::replace(name, ':', '-');
  std::filesystem::path path = folder / name;
  for (int number = 2; is_taken(path); ++number) path = folder / fmt::format("{}_{}", name, number);
  return path;
}

}  // namespace c3d
