// Decoded frames kept on disk: one flat file per video and size. The file is named by a hash of its key
// (path, size and time of change of the video, size of the frames), which also stands in it; header, frames,
// the CRC-32C of each frame, and last the number of frames, so that a file cut off at any byte is known as
// such. Frames are read with pread: the page cache is shared by all readers and a file that shrinks is an
// error, not a signal. One FrameCacheWriter or source belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/frame_source.h"
#include "data/video_reader.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"

namespace c3d {

// Changes when the file does: its size and time of change. ReadError: it is not there, or cannot be looked
// at.
std::string file_state(const std::filesystem::path& file);

// What a cached file belongs to.
struct FrameCacheKey {
  std::string text;  // for people and for comparison
  FrameSize size;
};
FrameCacheKey frame_cache_key(const std::filesystem::path& video, const std::string& state, FrameSize size);
std::filesystem::path frame_cache_file(const std::filesystem::path& folder, const FrameCacheKey& key);
std::uint64_t frame_cache_bytes(const FrameCacheKey& key, std::int64_t frames);  // of the file

// Whose a file below a folder of cached frames is, by its name and its folder's: these are
// FOLDER/ab/*.frames, of 14 digits, and such on their way there.
enum class CachedName : std::uint8_t { foreign, frames, part };
CachedName cached_name(const std::filesystem::path& file);

class FrameCacheWriter {
 public:
  FrameCacheWriter(const std::filesystem::path& folder, const FrameCacheKey& key);

  bool is_alone() const { return file_.is_first_writer(); }  // no other process writes these frames
  void write(std::span<const std::uint8_t> frame);           // [H,W,3]
  void finish();                                             // without it, nothing is left

 private:
  AtomicFile file_;
  std::vector<std::uint32_t> sums_;
};

// Cached frames are not, or not readable as, what was written. The file is of no more use.
class DamagedFrames : public Error {
 public:
  using Error::Error;
};

// nullptr: not there, or it cannot be opened. DamagedFrames: cut off, of another key, or no such file at all;
// the source's read() throws it too, so that what it gives is what was written.
std::unique_ptr<FrameSource> open_cached_frames(const std::filesystem::path& folder,
                                                const FrameCacheKey& key);

}  // namespace c3d
