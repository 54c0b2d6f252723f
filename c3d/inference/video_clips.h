// The clips of one video, in order of their first frame. Videos of any length take bounded memory: a sliding
// window holds the frames of one clip; clips spread evenly need the number of frames first, so that frames
// are kept while they fit into the room for them, and a longer video is read a second time; of a pipe, which
// gives its bytes once, that is an error.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "c3d/inference/clip_frames.h"
#include "c3d/inference/clip_memory.h"
#include "c3d/inference/frame_times.h"
#include "c3d/inference/inputs.h"
#include "data/video_reader.h"
#include "engine/core/clip_spec.h"

namespace c3d {

inline constexpr std::size_t kKeptBytes = std::size_t{256} << 20;

struct ReadOptions {
  Numbering numbering = Numbering::kDecode;  // where the clips name no frame rate
  std::size_t kept_bytes = kKeptBytes;       // of the frames of one video
  ReadLimits limits = {};
  int readers = 0;  // threads that read, each a video at a time; 0: as many as this process has processors
};

Numbering numbering_of(const ClipSpec& spec, const ReadOptions& reading);

struct Clip {
  std::size_t video = 0;  // of the inputs
  std::int64_t first_frame = 0;
  // [clip_frames,H,W,3] RGB, H and W as stored; where crops are stored one after the other for each of them.
  ClipFrames frames;
  MemoryKind memory = MemoryKind::host;  // that the frames are in
};
std::size_t clip_bytes(const ClipSpec& spec);

struct VideoEnd {  // follows the clips of a video
  std::size_t video = 0;
  std::string error;              // not empty: the video counts as failed, also if clips came before
  double fps = 0;                 // of the clips, or else as the file says; 0: it does not
  std::int64_t first_number = 0;  // what its source calls frame 0
  FrameTimes times;               // of all its frames
  ReadingTime time_taken;         // of a video that did not fail
  std::vector<std::string> warnings;
};

// Bytes of frames that all readers together keep to spread clips over.
class KeptRoom {
 public:
  explicit KeptRoom(std::size_t bytes) : left_(static_cast<std::int64_t>(bytes)) {}
  bool take(std::size_t bytes) {  // false: there is no room
    const auto wanted = static_cast<std::int64_t>(bytes);
    if (left_.fetch_sub(wanted) >= wanted) return true;
    left_ += wanted;
    return false;
  }
  void give(std::size_t bytes) { left_ += static_cast<std::int64_t>(bytes); }

 private:
  std::atomic<std::int64_t> left_;
};

// What those who read videos side by side share. Borrows all of it.
struct ReadingJob {
  const ClipSpec& spec;
  const ReadOptions& reading;
  KeptRoom& room;
  ClipMemory* memory;  // nullptr: ordinary memory
  std::stop_token stop;
};

struct ReadingStopped {};  // thrown: nobody wants more clips

using TakeClip = std::function<void(Clip)>;
// Gives each clip to `take`, which may throw ReadingStopped. Error: the video cannot be read, or not as a
// whole.
VideoEnd read_clips(const Input& input, std::size_t video, const ReadingJob& job, const TakeClip& take);

}  // namespace c3d
