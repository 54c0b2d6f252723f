// Threads that read videos side by side, a video each, and sample their clips ahead of who computes. Clips
// come out in the order of the videos and of their first frames, whoever read them, and at most `clips_ahead`
// wait, with one more of the video whose turn it is. What can be read once, a pipe, is opened when its turn
// has come.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "c3d/inference/video_clips.h"
#include "data/ordered_queue.h"

namespace c3d {

// How many read, and how far ahead.
struct ReadingPlan {
  int readers = 1;
  std::size_t clips_ahead = 0;
  // That there may be at a time, ahead, with the readers, and in three batches; as far as pinned memory goes.
  std::size_t clips = 0;
};
// For batches of so many clips of these videos. Readers: as many as are asked for, no more than there are
// videos, nor than this process may open files.
ReadingPlan reading_plan(const ClipSpec& spec, const ReadOptions& reading, std::size_t videos,
                         std::size_t batch);

class ClipStream {
 public:
  using Item = std::variant<Clip, VideoEnd>;

  // `inputs` must outlive the stream, and so must `memory`, where its clips are to lie and beside whose
  // backend the threads run; nullptr: ordinary memory and threads.
  ClipStream(const std::vector<Input>& inputs, const ClipSpec& spec, const ReadOptions& reading,
             const ReadingPlan& plan, ClipMemory* memory = nullptr);
  ~ClipStream();  // stops the threads, also in mid-video
  ClipStream(const ClipStream&) = delete;
  ClipStream& operator=(const ClipStream&) = delete;

  std::optional<Item> next();                      // waits; nothing: all videos are done
  bool ready() { return queue_.ready(); }          // next() would not have to wait
  std::size_t waiting() { return queue_.size(); }  // items that were read, of all videos

 private:
  void read(const std::stop_token& stop);
  VideoEnd read_video(std::size_t video, const ReadingJob& job);

  const std::vector<Input>& inputs_;
  const ClipSpec spec_;
  const ReadOptions reading_;
  ClipMemory* const memory_;
  KeptRoom room_;
  OrderedQueue<Item> queue_;
  std::atomic<std::size_t> next_video_ = 0;
  std::jthread thread_;  // last: it and those that it starts use all the others
};

}  // namespace c3d
