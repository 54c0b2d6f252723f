// example_pages FOLDER: pages for browser.py, which a browser is to show.
#include <algorithm>

#include "c3d/report/html/text.h"
#include "c3d/report/pages/evaluation_page.h"
#include "c3d/report/pages/page_videos.h"
#include "c3d/report/pages/run_page.h"
#include "c3d/report/thumbnails/frame_strip.h"
#include "engine/io/atomic_file.h"
#include "tests/c3d/report/pages/example_facts.h"
#include "tests/support/write_examples.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

// No file has these names: strips are made all the same.
Thumbnails strips_of(const std::vector<fs::path>& paths) {
  std::vector<StripRequest> wanted;
  for (std::size_t i = 0; i < std::min(paths.size(), kMostStrips); ++i) {
    wanted.push_back({paths[i], [i] { return example_frames(i); }});
  }
  Thumbnails thumbnails;
  thumbnails.provide(wanted, 600, [] { return false; });
  return thumbnails;
}

std::vector<LabelStrip> heat_of(std::size_t video, const std::vector<std::size_t>& labels) {
  std::vector<LabelStrip> heat;
  for (const std::size_t label : labels) {
    const FrameStrip strip = frame_strip(*example_frames(video + label), 30, {120, 90}, kStripFrameGap);
    heat.push_back({label, 7, 22, labels.size() == 1, base64(strip.jpeg)});
  }
  return heat;
}

// Of the videos that get heat; the last of them has none.
void give_heat(const VideoChoice& choice, RunFacts& facts) {
  for (const HeatChoice& chosen : choose_heat(facts, choice)) {
    facts.videos[chosen.video].heat = heat_of(chosen.video, chosen.labels);
  }
  if (choice.best.empty()) return;
  facts.videos[choice.best.front()].heat.clear();
  facts.videos[choice.best.front()].no_heat = "it ends before its first frame";
}

void give_heat(LabelFacts& facts) {
  for (const HeatVideo& chosen : choose_heat(facts)) {
    const auto video = std::ranges::find(facts.videos, chosen.path, &LabelledVideo::path);
    video->heat = heat_of(chosen.labels.front(), chosen.labels);
  }
}

void write_run(const fs::path& file, RunFacts facts) {
  const VideoChoice choice = choose_videos(facts);
  give_heat(choice, facts);
  std::vector<fs::path> paths;
  for (const std::size_t place : choice.pictured) paths.push_back(facts.videos[place].path);
  write_file(file, run_page(facts, choice, strips_of(paths)));
}

void write_evaluation(const fs::path& file) {
  EvaluationPageFacts facts{.run = example_run({}),
                            .tiles = {{"Top-1", "80.0 %", "60 videos"}, {"F1", "0.79", "weighted 0.80"}},
                            .made_with = {{"videos", "/videos/test.txt"}, {"device", "cpu, 2 threads"}}};
  facts.run.labels[0] = "a_long_name_of_a_class";
  facts.run.steps.clear();
  const VideoChoice choice = choose_videos(facts.run);
  give_heat(choice, facts.run);
  std::vector<fs::path> paths;
  for (const std::size_t place : choice.pictured) paths.push_back(facts.run.videos[place].path);
  write_file(file, evaluation_page(facts, choice, strips_of(paths)));
}

void write_pages(const fs::path& folder) {
  write_run(folder / "run.html", example_run({}));
  write_run(folder / "label_sets.html", example_label_sets());
  write_run(folder / "no_validation.html", without_validation());
  write_run(folder / "hostile.html", hostile_run());
  write_run(folder / "large.html",
            example_run({.videos = 10'000, .classes = 500, .evaluations = 40, .steps = 20'000}));
  write_evaluation(folder / "evaluation.html");
  LabelFacts labels = example_labels();
  give_heat(labels);
  std::vector<fs::path> paths;
  for (const std::size_t place : least_certain_first(labels)) paths.push_back(labels.videos[place].path);
  write_file(folder / "labels.html", labels_page(labels, strips_of(paths)));
}

}  // namespace
}  // namespace c3d

int main(int argc, char** argv) { return c3d::write_examples(argc, argv, c3d::write_pages); }
