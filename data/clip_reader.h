// From a request to pixels: the frames of one clip, and the few videos a worker keeps open. One reader
// belongs to one thread.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "data/augment/clip_augmenter.h"
#include "data/clip_sampler.h"
#include "data/crop_views.h"
#include "data/frame_source.h"

namespace c3d {

// Opens a video's frames, already resized as the spec says; called from worker threads.
using OpenVideo = std::function<std::unique_ptr<FrameSource>(const Video&)>;

class ClipReader {
 public:
  // A decoder keeps several megabytes; more open videos than this are seldom met again within an epoch.
  static constexpr int kOpenVideos = 4;

  // All must outlive the reader, which keeps at most `open_videos` open.
  ClipReader(const Dataset& dataset, const ClipSpec& spec, const OpenVideo& open,
             int open_videos = kOpenVideos);

  // The request's frames, a short video's looped or repeated, as out [D,Hs,Ws,3]: whole frames, or cropped or
  // augmented where crops are stored. Views of one clip that are asked for in turn are read once. Throws what
  // opening or reading threw; the video is then closed.
  void read(const ClipRequest& request, std::span<std::uint8_t> out);

 private:
  struct OpenedVideo {
    std::int32_t video;
    std::unique_ptr<FrameSource> frames;
  };

  FrameSource& opened(std::int32_t video);
  std::unique_ptr<FrameSource> open(const Video& video);
  void read_or_close(FrameSource& source, const ClipRequest& request, std::span<std::uint8_t> out);
  void read_frames(FrameSource& source, const ClipRequest& request, std::span<std::uint8_t> out) const;
  void read_whole(FrameSource& source, const ClipRequest& request, std::size_t bytes);
  void cut_view(int view, int height, int width, std::span<std::uint8_t> out);
  CropPlace crop_place(const ClipRequest& request, int height, int width) const;

  const Dataset& dataset_;
  const ClipSpec& spec_;
  const OpenVideo& open_;
  const std::size_t open_videos_;
  std::list<OpenedVideo> opened_;    // the last used first
  std::vector<std::uint8_t> whole_;  // a clip's frames before they are cropped
  // The clip that stands in whole_, where several views of it are judged: video and first frame.
  std::optional<std::pair<std::int32_t, std::int64_t>> whole_clip_;
  ViewCutter cutter_;
  std::optional<ClipAugmenter> augmenter_;
};

}  // namespace c3d
