#include "data/video_head.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "data/folder_walk.h"
#include "engine/io/file.h"

namespace c3d {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kHeadBytes = 377;  // two packets of a transport stream, and the third's first byte
constexpr std::size_t kTransportPacket = 188;

struct Mark {
  std::size_t at;
  std::string_view bytes;
};

constexpr std::array kMarks = {Mark{4, "ftyp"sv},  // MP4 and QuickTime
                               Mark{4, "moov"sv},
                               Mark{4, "mdat"sv},
                               Mark{8, "AVI "sv},              // RIFF
                               Mark{0, "\x1a\x45\xdf\xa3"sv},  // Matroska and WebM
                               Mark{0, "FLV\x01"sv},
                               Mark{0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"sv},  // ASF and WMV
                               Mark{0, "\0\0\x01\xba"sv},                      // MPEG's program stream
                               Mark{0, "\0\0\x01\xb3"sv},  // MPEG-1 and 2 without a container
                               Mark{0, "OggS"sv},
                               Mark{0, ".RMF"sv},                      // RealMedia
                               Mark{0, "\x06\x0e\x2b\x34\x02\x05"sv},  // MXF
                               Mark{0, "DKIF"sv},                      // IVF
                               Mark{0, "YUV4MPEG2"sv},
                               Mark{0, "nut/multimedia container"sv}};

bool is_transport_stream(std::string_view bytes) {
  if (bytes.size() <= 2 * kTransportPacket) return false;
  return bytes[0] == 'G' && bytes[kTransportPacket] == 'G' && bytes[2 * kTransportPacket] == 'G';
}

}  // namespace

bool begins_as_video(std::span<const std::byte> head) {
  const std::string_view bytes(reinterpret_cast<const char*>(head.data()), head.size());
  const auto has = [&](const Mark& mark) {
    return bytes.size() > mark.at && bytes.substr(mark.at).starts_with(mark.bytes);
  };
  return std::ranges::any_of(kMarks, has) || is_transport_stream(bytes);
}

bool is_video_file(const std::filesystem::path& path) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown)) return false;
  if (is_video_name(path)) return true;
  const std::optional<File> file = File::try_open(path, O_RDONLY | O_NONBLOCK);
  if (!file) return false;
  std::array<std::byte, kHeadBytes> head{};
  const auto bytes = std::min<std::size_t>(head.size(), static_cast<std::size_t>(file->size()));
  const std::span<std::byte> there(head.data(), bytes);
  return file->read_at(0, there) && begins_as_video(there);
}

}  // namespace c3d
