// Runs that never were, for tests of their pages: of any size, with names that try to break a page.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "c3d/report/pages/labels_page.h"
#include "c3d/report/pages/run_facts.h"
#include "data/frame_source.h"

namespace c3d {

// Markup, quotes, emoji, a name of 200 characters, bytes that are not UTF-8, what ends a script ...
std::vector<std::string> hostile_names();

struct ExampleSize {
  std::size_t videos = 60, classes = 6, evaluations = 8, steps = 200;
};
RunFacts example_run(const ExampleSize& size);
RunFacts example_label_sets();
RunFacts without_validation();  // of one epoch
RunFacts hostile_run();         // classes, videos, reasons and settings have such names

LabelFacts example_labels();

// Frames of three colours, which differ with `number`.
std::unique_ptr<FrameSource> example_frames(std::uint64_t number);

}  // namespace c3d
