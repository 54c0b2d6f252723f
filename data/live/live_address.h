// Where live video comes from, as a person names it, and what may be opened for it: this source alone, by the
// protocols that its name asks for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace c3d {

struct LiveAddress {
  enum class Kind : std::uint8_t {
    bytes,    // a file, pipe or standard input, read through a descriptor of ours
    network,  // an address that FFmpeg opens
    device,   // of libavdevice
  };
  Kind kind = Kind::bytes;
  std::string name;                 // for people: without user and password
  std::filesystem::path path = {};  // of bytes
  std::string url = {};             // of the network; what the device is called
  std::string protocols = {};       // of the network: that FFmpeg may use, as protocol_whitelist
  std::string formats = {};         // of the network: that what comes may have, as format_whitelist
  std::string device_format = {};   // of a device: "v4l2"

  // Its end is the end of what there is, not a loss; nor can it be asked for again.
  bool is_read_once() const { return kind == Kind::bytes; }
};

// rtsp://, rtsps://, http://, https://, udp://; /dev/video0 and other cameras of Video4Linux; - for standard
// input; else a path. Error: another protocol, with the nearest of these; no such file; standard input is a
// terminal.
LiveAddress live_address(const std::string& source);
// A regular file: it can wait for who reads it.
bool can_wait(const LiveAddress& address);

}  // namespace c3d
