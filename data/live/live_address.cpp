#include "data/live/live_address.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "data/media_formats.h"
#include "engine/core/argument.h"
#include "engine/core/error.h"
#include "engine/core/nearest.h"
#include "engine/core/text.h"
#include "engine/io/read_error.h"

namespace c3d {
namespace {

constexpr unsigned kVideo4Linux = 81;  // major number of its devices
constexpr std::string_view kCameraName = "/dev/video";

struct Protocol {
  const char* scheme;
  const char* protocols;  // FFmpeg's, the scheme's own and those below it
  bool is_http;
  const char* formats;  // of http: besides all formats of video
};

// http may be led on to https, never the other way round. httpproxy: the user's own environment names it.
constexpr std::array<Protocol, 5> kProtocols{{{"rtsp", "rtsp,rtp,udp,tcp", false, "rtsp"},
                                              {"rtsps", "rtsp,rtsps,rtp,udp,tcp,tls", false, "rtsp"},
                                              {"http", "http,https,tcp,tls,httpproxy", true, "hls,applehttp"},
                                              {"https", "https,tcp,tls,httpproxy", true, "hls,applehttp"},
                                              {"udp", "udp", false, "mpegts,mpegtsraw"}}};

std::string without_user(const std::string& url) {
  const std::size_t host = url.find("://") + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", host), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  return at == std::string::npos || at < host ? url : url.substr(0, host) + url.substr(at + 1);
}

LiveAddress network_address(const std::string& source, std::size_t scheme_end) {
  const std::string scheme = lower_ascii(source.substr(0, scheme_end));
  const auto* found = std::ranges::find_if(kProtocols, [&](const Protocol& p) { return scheme == p.scheme; });
  if (found == kProtocols.end()) {
    std::vector<std::string> schemes;
    schemes.reserve(kProtocols.size());
    for (const Protocol& protocol : kProtocols) schemes.emplace_back(protocol.scheme);
    fail_argument("{}: live video comes by {}, not by {}; the nearest is {}://", without_user(source),
                  fmt::join(schemes, ", "), scheme, nearest(scheme, schemes));
  }
  LiveAddress address;
  address.kind = LiveAddress::Kind::network;
  address.url = scheme + source.substr(scheme_end);
  address.name = without_user(address.url);
  address.protocols = found->protocols;
  address.formats = (found->is_http ? std::string(video_formats()) + "," : "") + found->formats;
  return address;
}

bool is_camera(const std::string& source, const struct stat* facts) {
  if (facts == nullptr) return source.starts_with(kCameraName);
  return S_ISCHR(facts->st_mode) && major(facts->st_rdev) == kVideo4Linux;
}

}  // namespace

LiveAddress live_address(const std::string& source) {
  if (const std::size_t scheme_end = source.find("://"); scheme_end != std::string::npos) {
    return network_address(source, scheme_end);
  }
  if (source == "-") {
    expect(::isatty(STDIN_FILENO) == 0,
           "'-' reads live video from standard input, which is a terminal; pipe a stream into it");
    return {.kind = LiveAddress::Kind::bytes, .name = "standard input", .path = "/dev/stdin"};
  }
  struct stat facts {};
  const bool is_there = ::stat(source.c_str(), &facts) == 0;
  if (is_camera(source, is_there ? &facts : nullptr)) {
    if (!is_there)
      fail_to_read("{}: there is no such camera; ls /dev/video* lists those that there are", source);
    return {.kind = LiveAddress::Kind::device, .name = source, .url = source, .device_format = "v4l2"};
  }
  if (!is_there) fail_to_read("{}: no such file, pipe or camera", source);
  return {.kind = LiveAddress::Kind::bytes, .name = source, .path = source};
}

bool can_wait(const LiveAddress& address) {
  std::error_code unknown;
  return address.kind == LiveAddress::Kind::bytes && std::filesystem::is_regular_file(address.path, unknown);
}

}  // namespace c3d
