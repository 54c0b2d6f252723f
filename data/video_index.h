// The first pass over a dataset: every video is decoded once, on all threads. Frame counts, failures and what
// videos look like are kept in an index by path, size and time of change, and the resized frames, where asked
// and where they fit, in a cache, so that epochs read them from disk instead of decoding again.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/clip_reader.h"
#include "data/dataset.h"
#include "data/video_cache.h"
#include "data/video_look.h"
#include "data/video_reader.h"
#include "data/video_signature.h"

namespace c3d {

// Gets the frames of a video in turn, [H,W,3], but those that it does not want.
class FrameTaker {
 public:
  virtual ~FrameTaker() = default;
  virtual bool wants_next() const = 0;
  virtual void add(std::span<const std::uint8_t> frame, FrameSize size) = 0;  // where it wants it
  virtual void skip() {}                                                      // where it does not
};
struct DecodedVideo {
  std::int64_t frames = 0;
  std::vector<std::string> warnings;
  VideoLook look;  // but for what its pictures say
};
// Decodes a video from beginning to end. ReadError: it cannot be, for a reason that may pass; Error: it is
// broken.
using DecodeVideo = std::function<DecodedVideo(const std::filesystem::path&, FrameSize, FrameTaker&)>;
DecodedVideo decode_video(const std::filesystem::path& path, FrameSize resize, FrameTaker& taker,
                          const ReadLimits& limits = {}, const Numbering& numbering = Numbering::kDecode);

struct IndexOptions {
  std::shared_ptr<VideoCache> cache = std::make_shared<VideoCache>();
  FrameSize resize;
  Numbering numbering = Numbering::kDecode;  // a cache keeps frames of one numbering
  int threads = 1;                           // fewer where the process may not open files enough
  ReadLimits limits;
  DecodeVideo decode;          // empty: decode_video within these limits
  bool wants_looks = false;    // an index without them, as older versions wrote it, does not suffice
  bool leaves_unread = false;  // videos that cannot be read now are left out, too, and end nothing
};

struct BrokenVideo {
  std::filesystem::path path;
  std::string error;
};

struct VideoWarning {
  std::filesystem::path path;
  std::string text;
};

struct IndexResult {
  std::vector<BrokenVideo> broken;       // left out of the dataset
  std::vector<BrokenVideo> unread;       // likewise, where the options say so: for a reason that may pass
  std::vector<VideoWarning> warnings;    // of the decoder, about videos that stay
  std::int64_t decoded = 0, reused = 0;  // videos
  std::uint64_t cached_bytes = 0;
  // Of the videos that stay.
  std::map<std::filesystem::path, VideoSignature> signatures;
  std::map<std::filesystem::path, VideoLook> looks;
};

// Fills in Video::frames and removes broken videos. progress(done, total) is called from one thread at a
// time. A video that cannot be read for a reason that may pass is tried again at the end; ReadError, with the
// list, where it still cannot. Nothing is remembered of such videos, of files that change while they are
// read, and of those that are not there. Another FFmpeg, or other limits, try broken videos again.
IndexResult index_videos(Dataset& dataset, const IndexOptions& options,
                         const std::function<void(std::int64_t, std::int64_t)>& progress);

// ReadError with a list of these videos; none where there are none.
void expect_all_read(const std::vector<BrokenVideo>& unread);

// Opens a video's frames in the cache if they are there, else its file. Cached frames that turn out to be
// damaged are removed, noted, and decoded from the file instead. Safe to call from several threads.
// ReadError: the file is not there, or cannot be read.
OpenVideo frame_opener(const IndexOptions& options);

}  // namespace c3d
