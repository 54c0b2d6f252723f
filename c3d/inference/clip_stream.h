// A thread that decodes videos one after the other and samples their clips, ahead of who computes: at most
// `clips_ahead` clips wait. Videos of any length take bounded memory: a sliding window holds the frames of
// one clip; clips spread evenly need the number of frames first, so that frames are kept while they fit into
// kKeptBytes, and a longer video is read a second time; of a pipe, which gives its bytes once, that is an
// error.
#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "c3d/inference/frame_times.h"
#include "c3d/inference/inputs.h"
#include "data/bounded_queue.h"
#include "data/video_reader.h"
#include "engine/core/clip_spec.h"

namespace c3d {

inline constexpr std::size_t kKeptBytes = std::size_t{256} << 20;

struct ReadOptions {
  Numbering numbering = Numbering::kDecode;  // where the clips name no frame rate
  std::size_t kept_bytes = kKeptBytes;
  ReadLimits limits = {};
};

Numbering numbering_of(const ClipSpec& spec, const ReadOptions& reading);

struct Clip {
  std::size_t video = 0;  // of the inputs
  std::int64_t first_frame = 0;
  // [clip_frames,H,W,3] RGB, H and W as stored; where crops are stored one after the other for each of them.
  std::vector<std::uint8_t> frames;
};

struct VideoEnd {  // follows the clips of a video
  std::size_t video = 0;
  std::string error;              // not empty: the video counts as failed, also if clips came before
  double fps = 0;                 // of the clips, or else as the file says; 0: it does not
  std::int64_t first_number = 0;  // what its source calls frame 0
  FrameTimes times;               // of all its frames
  ReadingTime time_taken;         // of a video that did not fail
  std::vector<std::string> warnings;
};

class ClipStream {
 public:
  using Item = std::variant<Clip, VideoEnd>;

  // `inputs` must outlive the stream.
  ClipStream(const std::vector<Input>& inputs, const ClipSpec& spec, const ReadOptions& reading,
             std::size_t clips_ahead);
  ~ClipStream();  // stops the thread, also in mid-video

  bool next(Item& item);  // false: all videos are done

 private:
  void run(const std::stop_token& stop);

  const std::vector<Input>& inputs_;
  const ClipSpec spec_;
  const ReadOptions reading_;
  BoundedQueue<Item> queue_;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace c3d
