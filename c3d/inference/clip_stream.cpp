#include "c3d/inference/clip_stream.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "data/open_files.h"
#include "engine/core/error.h"
#include "engine/core/parallel_items.h"
#include "engine/core/usable_threads.h"

namespace c3d {
namespace {

// Each reader may go so far beyond the batches that the network is about to take: a few videos of usual
// length.
constexpr std::size_t kClipsOfReader = 16;
constexpr std::size_t kMostBytesAhead = std::size_t{512} << 20;
// A computer may have little memory that is pinned; clips beyond lie in ordinary memory.
constexpr std::size_t kMostPinnedBytes = std::size_t{2} << 30;
// A video that is read a second time is open twice; what the results are written to is open, too.
constexpr int kFilesOfReader = 4;
// As much as so many readers may keep is kept by all of them.
constexpr int kMostKeeping = 4;

// The error without the file's name in front: results say it beside.
VideoEnd failed(std::size_t video, const Input& input, std::string error) {
  const std::string start = input.path.string() + ": ";
  VideoEnd end;
  end.video = video;
  end.error = error.starts_with(start) ? error.substr(start.size()) : std::move(error);
  return end;
}

}  // namespace

ReadingPlan reading_plan(const ClipSpec& spec, const ReadOptions& reading, std::size_t videos,
                         std::size_t batch) {
  const int wanted = reading.readers > 0 ? reading.readers : usable_threads();
  const int files = std::max(1, open_files_left() / kFilesOfReader);
  const auto most = static_cast<int>(std::clamp<std::size_t>(videos, 1, kMostThreads));
  ReadingPlan plan;
  plan.readers = std::min({wanted, files, most});
  const auto readers = static_cast<std::size_t>(plan.readers);
  const std::size_t fit = kMostBytesAhead / clip_bytes(spec);
  plan.clips_ahead = std::max(2 * batch, std::min(2 * batch + kClipsOfReader * readers, fit));
  plan.clips = std::min(plan.clips_ahead + 1 + readers + 3 * batch,
                        std::max<std::size_t>(1, kMostPinnedBytes / clip_bytes(spec)));
  return plan;
}

ClipStream::ClipStream(const std::vector<Input>& inputs, const ClipSpec& spec, const ReadOptions& reading,
                       const ReadingPlan& plan, ClipMemory* memory)
    : inputs_(inputs),
      spec_(spec),
      reading_(reading),
      memory_(memory),
      room_(reading.kept_bytes * static_cast<std::size_t>(std::min(plan.readers, kMostKeeping))),
      queue_(inputs.size(), plan.clips_ahead),
      thread_([this, readers = plan.readers](const std::stop_token& stop) {
        if (memory_ == nullptr) {
          run_threads(readers, [&](int) { read(stop); });
        } else {
          memory_->backend().run_beside(readers, [&](int) { read(stop); });
        }
      }) {}

ClipStream::~ClipStream() {
  thread_.request_stop();
  queue_.close();
}

std::optional<ClipStream::Item> ClipStream::next() { return queue_.pop(); }

void ClipStream::read(const std::stop_token& stop) {
  const ReadingJob job{.spec = spec_, .reading = reading_, .room = room_, .memory = memory_, .stop = stop};
  try {
    for (;;) {
      const std::size_t video = next_video_++;
      if (video >= inputs_.size()) return;
      VideoEnd end = read_video(video, job);
      if (!queue_.push(video, std::move(end))) return;
      queue_.end(video);
    }
  } catch (const ReadingStopped&) {
  }
}

VideoEnd ClipStream::read_video(std::size_t video, const ReadingJob& job) {
  const Input& input = inputs_[video];
  const auto take = [&](Clip clip) {
    if (!queue_.push(video, std::move(clip))) throw ReadingStopped();
  };
  try {
    expect(input.error.empty(), "{}", input.error);
    // Whoever writes to several pipes may do so in their order.
    if (!can_be_read_again(input.path) && !queue_.wait_for_turn(video)) throw ReadingStopped();
    return read_clips(input, video, job, take);
  } catch (const Error& error) {
    return failed(video, input, error.message());
  } catch (const std::bad_alloc&) {
    return failed(video, input, "not enough memory to decode it");
  } catch (const std::exception& error) {
    return failed(video, input, error.what());
  }
}

}  // namespace c3d
