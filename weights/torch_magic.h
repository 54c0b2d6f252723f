// How PyTorch's files begin.
#pragma once

#include <string_view>

namespace c3d {

using namespace std::string_view_literals;

inline constexpr std::string_view kZipMagic = "PK\x03\x04"sv;
// The first pickle of the stream: PROTO 2, LONG1 0x1950a86a20f9469cfc6c, STOP.
inline constexpr std::string_view kLegacyMagic =
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"sv;
inline constexpr std::string_view kPickleStart = "\x80"sv;
inline constexpr std::string_view kTarMagic = "ustar"sv;
inline constexpr std::size_t kTarMagicAt = 257;
// Where write_torch_file puts the metadata, below the archive's root.
inline constexpr const char* kTorchMetadataEntry = "extra/c3d_metadata.json";

}  // namespace c3d
