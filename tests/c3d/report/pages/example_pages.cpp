// example_pages FOLDER: pages for browser.py, which a browser is to show.
#include "c3d/report/pages/evaluation_page.h"
#include "c3d/report/pages/page_videos.h"
#include "c3d/report/pages/run_page.h"
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

void write_run(const fs::path& file, const RunFacts& facts) {
  const VideoChoice choice = choose_videos(facts);
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
  const LabelFacts labels = example_labels();
  std::vector<fs::path> paths;
  for (const std::size_t place : least_certain_first(labels)) paths.push_back(labels.videos[place].path);
  write_file(folder / "labels.html", labels_page(labels, strips_of(paths)));
}

}  // namespace
}  // namespace c3d

int main(int argc, char** argv) { return c3d::write_examples(argc, argv, c3d::write_pages); }
