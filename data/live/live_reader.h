// The pictures of a live source, decoded as they come, on one thread; and videos of parts of it, whose
// packets are written as they came. One reader is one connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/live/live_address.h"
#include "data/live/live_input.h"
#include "data/video_reader.h"

namespace c3d {

struct LiveFrame {
  std::optional<double> seconds;                  // presentation time by the stream's own clock
  std::chrono::steady_clock::time_point arrival;  // of the packet that completed it
  FrameSize shown = {};
};

// A video of a part of the stream, as it ended.
struct Recording {
  std::filesystem::path file;
  std::string error;  // not empty: it was not written, and this is why
};

class LiveReader {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // Errors as of LiveInput, and a codec that cannot be decoded.
  LiveReader(const LiveAddress& address, const LiveReadOptions& options);
  ~LiveReader();
  LiveReader(const LiveReader&) = delete;
  LiveReader& operator=(const LiveReader&) = delete;

  // False: there are no more. ReadError: the source failed or stays away. Packets that do not decode are
  // passed over.
  bool next(LiveFrame& frame);
  // The frame that next() gave last, as [height,width,3] RGB of any size.
  void convert(FrameSize size, std::span<std::uint8_t> out);
  bool has_end() const;             // see LiveInput
  std::string description() const;  // "h264, 1920x1080, 25 frames a second"

  // Packets that came before are no longer needed for recordings that begin from now on.
  void keep_since(TimePoint time);
  // Writes what came from a key frame before `from` on, and will come until `until`, to `name` with the
  // extension of the container that holds it. While a recording goes on, it lasts until then instead.
  void record(const std::filesystem::path& name, TimePoint from, TimePoint until);
  void end_recording();                      // now, with what there is
  std::vector<Recording> take_recordings();  // those that ended since the last call

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace c3d
