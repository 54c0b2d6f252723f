#include "data/class_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utf8proc.h>

#include <cstdlib>
#include <map>

#include "engine/core/handle.h"

namespace c3d {
namespace {

// Case folded and composed.
std::string folded(const std::string& name) {
  utf8proc_uint8_t* out = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  const utf8proc_ssize_t bytes = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()),
                                              static_cast<utf8proc_ssize_t>(name.size()), &out, options);
  const Handle<utf8proc_uint8_t, std::free> text(out);
  if (bytes < 0) return name;
  return {reinterpret_cast<const char*>(text.get()), static_cast<std::size_t>(bytes)};
}

}  // namespace

std::vector<std::string> similar_class_notes(const std::vector<std::string>& labels) {
  std::map<std::string, std::vector<std::string>> spellings;
  for (const std::string& label : labels) spellings[folded(label)].push_back(label);
  std::vector<std::string> notes;
  for (const auto& [same, names] : spellings) {
    if (names.size() < 2) continue;
    notes.push_back(fmt::format(
        "classes '{}' differ in case or in Unicode's spelling only: if they are one, give them one name",
        fmt::join(names, "', '")));
  }
  return notes;
}

}  // namespace c3d
