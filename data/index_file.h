// What is remembered of videos between runs, as JSON: frame counts, the decoder's warnings, and why a video
// is broken, by absolute path, and what it looks like. Only what the bytes of a file say stands in it. Each
// entry has the checksum of its own text; one that is damaged or out of range is left out, and a file that is
// no index holds none.
//
// {"format": 2, "videos": {"/videos/a.mp4": {"state": "7124 bytes, changed 1700000000.000000000",
//                                            "frames": 40, "sum": 3735928559, "warnings": ["..."],
//                                            "signature": "01c3...", "look": "320 240 25 ..."}}}
//
// An entry without a signature or a look, as older versions wrote them, is as good as one with.
//
// Names are spelled as engine/io/json_text.h says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/cache_lock.h"

namespace c3d {

struct IndexEntry {
  std::string state;  // of the file when it was decoded, and of a broken one who could not decode it
  std::int64_t frames = 0;
  std::string error;  // not empty: broken
  std::vector<std::string> warnings;
  // What it looks like, see video_signature.h and video_look.h; older files have none.
  std::string signature = {}, look = {};
  bool operator==(const IndexEntry&) const = default;
};
using IndexEntries = std::map<std::string, IndexEntry>;  // by absolute path

IndexEntries read_index(const std::filesystem::path& file);
// Adds to what the file holds by then: many processes may do so. Anything there that is no file makes way: a
// folder that holds something becomes index.json.old. False: others were at it for all that time, and nothing
// was added. Error: it cannot be written.
bool add_to_index(const std::filesystem::path& file, const IndexEntries& entries,
                  Patience patience = kShortPatience);

}  // namespace c3d
