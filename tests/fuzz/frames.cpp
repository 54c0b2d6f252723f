// Any bytes as the cached frames of a video: every frame can be read, or they are damaged.
#include "data/frame_cache.h"

#include <cstdlib>

#include "tests/support/scratch_folder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const c3d::ScratchFolder folder;  // TMPDIR=/dev/shm: in memory
  const c3d::FrameCacheKey key = c3d::frame_cache_key("/v.mp4", "1 bytes", {4, 2});
  const std::string bytes(data, data + size);
  folder.write(std::filesystem::relative(c3d::frame_cache_file(folder.path(), key), folder.path()), bytes);
  try {
    const auto frames = c3d::open_cached_frames(folder.path(), key);
    if (frames == nullptr || frames->frame_count() < 1) std::abort();
    std::vector<std::uint8_t> out(24);
    for (std::int64_t i = 0; i < frames->frame_count(); ++i) frames->read(i, 1, 1, out);
  } catch (const c3d::DamagedFrames&) {
  }
  return 0;
}
