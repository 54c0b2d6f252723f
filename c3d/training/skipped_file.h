// skipped.jsonl: which videos a run went without, and why, JSON lines in UTF-8:
//   {"file": "/videos/a.mp4", "when": "before training", "why": "it ends before its first frame"}
// sorted by file, then by when ("before training", "while training"); after them what was passed over as it
// is no video:
//   {"note": "3 files are no videos by name and were ignored"}
// Names of files are spelled as engine/io/json_text.h says.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "c3d/report/pages/run_facts.h"
#include "c3d/training/prepared_data.h"

namespace c3d {

struct Skipped {
  std::vector<SkippedVideo> videos;
  std::vector<std::string> passed_over;
};
// What the data goes without; `failures` are of videos that decoded before and fail now.
Skipped skipped_of(const PreparedData& data, const std::vector<BrokenVideo>& failures);
// With those that failed while an earlier part of the run trained.
void add_earlier_failures(const Skipped& earlier, Skipped& skipped);

void sort_skipped(Skipped& skipped);  // as the file has them

void write_skipped(const std::filesystem::path& path, const Skipped& skipped);  // atomically, in their order
Skipped read_skipped(const std::filesystem::path& path);  // empty where there is no such file

}  // namespace c3d
