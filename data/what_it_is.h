// Names for files that bear a video's name and hold none: downloads that went wrong, pointers, archives,
// lists. Told by their first bytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace c3d {

// Goes on after the file's name: "is empty". `head`: its first bytes, some thousand of them. nullopt: none
// of these kinds.
std::optional<std::string> what_it_is(std::span<const std::byte> head, const std::filesystem::path& path);

}  // namespace c3d
