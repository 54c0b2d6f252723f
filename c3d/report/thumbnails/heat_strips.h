// Strips of frames with heat over them, where a network looks for a label, for pages: at most a few for each
// of a few videos. A network makes them, so that a file beside the page keeps them. One thread.
//
// The file is JSON, a line for each video: {"file": ..., "bytes": ..., "changed": ..., "weights": ...,
// "strips": [{"label": 2, "first": 37, "last": 52, "blank": false, "jpeg": BASE64}]}, with the video's size
// and time of change and the name of the weights. What cannot be read of it is made again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "c3d/report/thumbnails/video_state.h"

namespace c3d {

struct LabelStrip {  // of one clip
  std::size_t label = 0;
  std::int64_t first_frame = 0, last_frame = 0;  // of the clip in its video, from 0
  bool is_blank = false;                         // nothing in the clip speaks for the label
  std::string jpeg;                              // base64
};

// A video of a page, and the network's labels for which it gets a strip each.
struct HeatVideo {
  std::filesystem::path path;
  std::int64_t frames = 0;  // 0: not known
  std::vector<std::size_t> labels;
};

// A video whose strips are wanted, one for each label, and how they are made, which may throw Error.
struct HeatRequest {
  std::filesystem::path path;
  std::vector<std::size_t> labels;
  std::function<std::vector<LabelStrip>()> make;
};

class HeatStrips {
 public:
  HeatStrips() = default;                           // kept nowhere
  explicit HeatStrips(std::filesystem::path file);  // with what it holds, if it is there

  // Whether provide() would make any.
  bool lacks(const std::vector<HeatRequest>& wanted, const std::string& weights) const;
  // Makes those of `wanted`, in their order, that are not there of these weights, until `seconds` are over or
  // `stopped`; the first is tried in any case, unless `stopped`. Forgets all others. Returns whether anything
  // changed. A video whose strips cannot be made is left out.
  bool provide(const std::vector<HeatRequest>& wanted, const std::string& weights, double seconds,
               const std::function<bool()>& stopped);
  std::vector<LabelStrip> find(const std::filesystem::path& video) const;  // empty: there are none
  // The videos that provide() left out, and why.
  const std::map<std::filesystem::path, std::string>& failures() const { return failures_; }
  // Of how many videos it left out, and why one of them, a line; empty: of none.
  std::string trouble() const;
  bool empty() const { return videos_.empty(); }
  void save() const;  // atomically. Error: it cannot be written

 private:
  struct Video {
    VideoState state;
    std::string weights;
    std::vector<LabelStrip> strips;
  };
  void read();
  bool has(const HeatRequest& request, const std::string& weights) const;

  std::filesystem::path file_;
  std::map<std::filesystem::path, Video> videos_;
  std::map<std::filesystem::path, std::string> failures_;
};

// What makes the strips of a page's videos, as far as it can.
using ProvideHeat = std::function<void(HeatStrips& strips, const std::vector<HeatVideo>& wanted)>;

}  // namespace c3d
