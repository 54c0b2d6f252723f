// The picture of an explanation: eight frames of the window in which the label is likeliest.
#pragma once

#include "c3d/explanation/explanation_files.h"

namespace c3d {

// Atomically, to target.file. Error: the video cannot be read again, or this build has no Cairo.
void draw_explanation(const VideoExplanation& explanation, const ExplanationFile& target);

}  // namespace c3d
