#include "tests/c3d/check/example_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "c3d/check/check_page.h"
#include "c3d/check/findings.h"
#include "c3d/check/kinds.h"
#include "tests/c3d/report/pages/example_facts.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

class Example {
 public:
  explicit Example(const ExampleCheck& size) : size_(size) {
    report_.data = "/videos/set";
    report_.weights = "/runs/best.safetensors";
    report_.notes = {"two files are no videos by name and were ignored", name(3, "note")};
    report_.unreadable = static_cast<std::int64_t>(size.findings);
    report_.labelled = static_cast<std::int64_t>(size.videos);
    report_.stops = {
        "3 of 80 videos do not decode, more than 1 % (broken_share); repair or remove them:\n"
        "  /videos/set/a.mp4: is empty\n  /videos/set/b.mp4: is text",
        "the class " + name(1, "class") + " has no video"};
  }

  CheckReport report() {
    for (std::size_t i = 0; i < size_.videos; ++i) add_video(i);
    for (std::size_t i = 0; i < size_.classes; ++i) report_.classes.push_back(summary(name(i, "class"), i));
    report_.overall = summary("all", 0);
    for (const FindingKind& kind : finding_kinds()) add_findings(kind);
    sort_findings(report_.findings);
    return report_;
  }

 private:
  // One for each number, whatever it is for.
  std::string name(std::size_t number, const std::string& word) const {
    if (!size_.hostile) return fmt::format("{}_{}", word, number);
    const std::vector<std::string> names = hostile_names();
    return names[number % names.size()] + fmt::format("{}", number);
  }

  void add_video(std::size_t i) {
    const std::string label = name(i % size_.classes, "class");
    report_.videos.push_back({.file = report_.data / fs::path("class") / name(i, "video"),
                              .labels = {label},
                              .validates = i % 5 == 0,
                              .frames = static_cast<std::int64_t>(30 + i % 90),
                              .width = i % 7 == 0 ? 240 : 320,
                              .height = i % 7 == 0 ? 320 : 240,
                              .rate = i % 3 == 0 ? 25 : 29.97,
                              .seconds = static_cast<double>(30 + i % 90) / 25,
                              .codec = i % 4 == 0 ? "mpeg4" : "h264",
                              .brightness = static_cast<double>(20 + i * 37 % 200),
                              .contrast = 30,
                              .motion = static_cast<double>(i * 13 % 50)});
  }

  CheckedClass summary(std::string name, std::size_t number) const {
    const auto shift = static_cast<double>(number % 40);
    return {.name = std::move(name),
            .training = static_cast<std::int64_t>(12 + number * 7 % 10),
            .validation = 4,
            .groups = 8,
            .frames = {30, 60 + shift, 120},
            .seconds = {1.2, 2.4, 4.8},
            .rate = {25, 25, 29.97},
            .width = {240, 320, 320},
            .height = {240, 240, 320},
            .brightness = {20, 80 + shift, 220},
            .contrast = {30, 30, 30},
            .motion = {1, 12 + shift, 50}};
  }

  void add_findings(const FindingKind& kind) {
    const bool stops = kind.weight == FindingWeight::stops_training;
    const std::size_t count = stops ? report_.stops.size() : size_.findings;
    for (std::size_t i = 0; i < count; ++i) {
      const auto video = [&](std::size_t k) { return report_.videos[(i * 11 + k) % size_.videos].file; };
      const std::string text = stops ? report_.stops[i] : "is something that " + name(i, "word") + " is not";
      // What to do is the same for all of a kind, or not.
      const std::string action = kind.title.size() % 2 == 0 ? "look at it" : "look at " + name(i, "it");
      CheckFinding one = finding(kind.name, video(0), text, action);
      one.score = 1 - 0.001 * static_cast<double>(i);
      if (i % 2 == 0)
        one.command = "ffmpeg -i '" + name(i, "video") + "' -vf fps=25 " + std::string(150, 'n');
      for (std::size_t k = 1; k <= i % 6; ++k) one.others.push_back(video(k));
      report_.findings.push_back(std::move(one));
    }
  }

  ExampleCheck size_;
  CheckReport report_;
};

}  // namespace

CheckReport example_check(const ExampleCheck& size) { return Example(size).report(); }

CheckReport empty_check() {
  CheckReport report;
  report.data = "/videos/none";
  report.stops = {"/videos/none: holds no class folders"};
  report.findings = {finding(kinds::kTrainingStops, report.data, report.stops[0], "do what it says")};
  return report;
}

FrameStrips example_pictures(const CheckReport& report) {
  FrameStrips pictures;
  for (const fs::path& file : pictured_videos(report)) {
    if (pictures.contains(file)) continue;
    const bool is_portrait = pictures.size() % 7 == 0;
    const auto frames = example_frames(pictures.size());
    pictures[file] =
        frame_strip(*frames, frames->frame_count(), is_portrait ? FrameSize{72, 96} : FrameSize{96, 72}, 0);
  }
  return pictures;
}

}  // namespace c3d
