// Strips of three frames of videos, for pages: the first, the middle and the last one beside each other, as a
// JPEG. They cost decoding, so that a file beside the page keeps them: a renewed page makes only those that
// are new. One thread.
//
// The file is JSON, a line for each strip: {"file": ..., "bytes": ..., "changed": ..., "jpeg": BASE64}, with
// the video's size and time of change. It only saves time: what cannot be read of it is made again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "c3d/report/thumbnails/frame_strip.h"
#include "data/frame_source.h"

namespace c3d {

// A video whose strip is wanted, and how its frames are opened; both may throw Error.
struct StripRequest {
  std::filesystem::path path;
  std::function<std::unique_ptr<FrameSource>()> open;
};

class Thumbnails {
 public:
  Thumbnails() = default;                           // kept nowhere
  explicit Thumbnails(std::filesystem::path file);  // with what it holds, if it is there

  // Makes those of `wanted`, in their order, that are not there, until `seconds` are over or `stopped`.
  // Forgets all others. Returns whether anything changed. A video that cannot be read is left out, and not
  // tried again.
  bool provide(const std::vector<StripRequest>& wanted, double seconds, const std::function<bool()>& stopped);
  // base64 of a JPEG; empty: there is none.
  std::string find(const std::filesystem::path& video) const;
  // Of a video that was left out; empty: it was not.
  std::string why_not(const std::filesystem::path& video) const;
  bool empty() const { return strips_.empty(); }
  void save() const;  // atomically. Error: it cannot be written

 private:
  struct Strip {
    std::uint64_t bytes = 0;
    std::int64_t changed = 0;  // of the video
    std::string jpeg;          // base64
  };
  void read();

  std::filesystem::path file_;
  std::map<std::filesystem::path, Strip> strips_;
  std::map<std::filesystem::path, std::string> failures_;
};

}  // namespace c3d
