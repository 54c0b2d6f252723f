// An explanation as a file: numbers, a strip of frames, or a copy of its video.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "c3d/explanation.h"
#include "c3d/inference/clip_stream.h"
#include "c3d/inference/explanation_format.h"

namespace c3d {

// By the end of the name, in any case; nullopt: it ends in none of them.
std::optional<ExplanationFormat> explanation_format(const std::filesystem::path& file);

struct ExplanationFile {
  std::filesystem::path file;
  std::filesystem::path video;  // where its frames are
  ClipSpec clip;                // that was explained
  Numbering numbering;          // of the frames
};

// Atomically, what c3d/explanation.h says of its write(). Makes the file's folder.
void write_explanation(const VideoExplanation& explanation, const ExplanationFile& target,
                       const ExplanationCallbacks& callbacks);

}  // namespace c3d
