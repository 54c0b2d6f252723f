#include "c3d/check.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "c3d/check/check_outputs.h"
#include "c3d/check/check_page.h"
#include "c3d/check/collection.h"
#include "c3d/check/findings.h"
#include "c3d/check/network_doubts.h"
#include "c3d/check/spread.h"
#include "c3d/training/read_sides.h"
#include "data/video_groups.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"

namespace c3d {
namespace {

// Asks whether to stop before it passes a count on.
CountCallback watched(const CheckCallbacks& callbacks, const CountCallback& count) {
  return [&callbacks, &count](std::int64_t done, std::int64_t total) {
    if (callbacks.stop_requested && callbacks.stop_requested()) fail("the check was stopped before its end");
    if (count) count(done, total);
  };
}

// A stop is no fact of the videos, which an Error of reading them would be.
struct Stopped : std::exception {};
ProgressCallback watched_reading(const CheckCallbacks& callbacks) {
  return [&callbacks](std::int64_t done, std::int64_t total) {
    if (callbacks.stop_requested && callbacks.stop_requested()) throw Stopped();
    if (callbacks.reading) callbacks.reading(done, total);
  };
}

CheckedVideo checked(const CollectedVideo& one) {
  const VideoLook& look = one.look;
  return {.file = one.file(),
          .labels = one.labels(),
          .validates = one.validates,
          .frames = one.video->frames,
          .width = look.width,
          .height = look.height,
          .rate = look.rate,
          .seconds = one.seconds(),
          .codec = look.codec,
          .brightness = look.brightness,
          .contrast = look.contrast,
          .motion = one.motion()};
}

CheckedClass summary_of(std::string name, const std::vector<const CollectedVideo*>& videos) {
  CheckedClass summary{.name = std::move(name)};
  std::vector<double> frames, seconds, rates, widths, heights, brightness, contrast, motion;
  const auto put = [](std::vector<double>& values, double value) {
    if (value > 0) values.push_back(value);
  };
  for (const CollectedVideo* one : videos) {
    ++(one->validates ? summary.validation : summary.training);
    frames.push_back(static_cast<double>(one->video->frames));
    put(seconds, one->seconds());
    put(rates, one->look.rate);
    put(widths, one->look.width);
    put(heights, one->look.height);
    if (one->look.height > 0) {
      brightness.push_back(one->look.brightness);
      contrast.push_back(one->look.contrast);
    }
    if (one->signature != nullptr) motion.push_back(one->motion());
  }
  summary.frames = spread_of(std::move(frames));
  summary.seconds = spread_of(std::move(seconds));
  summary.rate = spread_of(std::move(rates));
  summary.width = spread_of(std::move(widths));
  summary.height = spread_of(std::move(heights));
  summary.brightness = spread_of(std::move(brightness));
  summary.contrast = spread_of(std::move(contrast));
  summary.motion = spread_of(std::move(motion));
  return summary;
}

void add_classes(const Collection& collection, CheckReport& report) {
  const std::vector<std::string>& labels = collection.data.train.labels;
  std::vector<std::vector<const CollectedVideo*>> of_class(labels.size());
  std::vector<const CollectedVideo*> all;
  for (const CollectedVideo& one : collection.videos) {
    all.push_back(&one);
    for (const std::int32_t label : classes_of(*one.dataset, *one.video)) {
      of_class[static_cast<std::size_t>(label)].push_back(&one);
    }
  }
  report.overall = summary_of("all", all);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    report.classes.push_back(summary_of(labels[i], of_class[i]));
  }
  const Dataset whole = collection.whole();
  DataInspection said;
  judge(&said, [&] {
    const std::string regex = group_regex_of(collection.settings);
    const std::vector<std::int64_t> groups = groups_per_class(whole, regex);
    for (std::size_t i = 0; i < groups.size(); ++i) report.classes[i].groups = groups[i];
    const std::vector<std::size_t> of_videos = groups_of(whole, regex);
    if (!of_videos.empty())
      report.overall.groups = static_cast<std::int64_t>(std::ranges::max(of_videos)) + 1;
  });
}

}  // namespace

CheckReport check_videos(const CheckOptions& options, const CheckCallbacks& callbacks) try {
  expect_free({{"the page", options.page}}, options);
  std::optional<VideoClassifier> classifier;
  if (!options.weights.empty()) classifier.emplace(options.weights, options.network);
  const std::unique_ptr<Collection> collection = collect(options, watched_reading(callbacks));
  if (classifier) expect_same_kind(*classifier, collection->settings);

  CheckReport report;
  report.data = collection->settings.data;
  report.weights = options.weights;
  report.stops = collection->found.stops;
  report.notes = collection->found.reading_notes;
  if (options.folds > 0) {
    report.notes.push_back(fmt::format("of the {} folds it is the first that validates here", options.folds));
  }
  report.unreadable = std::ssize(collection->data.broken) + std::ssize(collection->found.unread);
  find_stops(*collection, report.findings);
  find_damage(*collection, report.findings);
  find_odd_videos(*collection, report.findings);
  find_copies(*collection, watched(callbacks, callbacks.comparing), report.findings);
  find_class_problems(*collection, report.findings);
  if (classifier) {
    report.labelled =
        find_network_doubts(*collection, *classifier, options.clips, watched(callbacks, callbacks.labelling),
                            report.findings, report.notes);
  }
  sort_findings(report.findings);
  for (const CollectedVideo& one : collection->videos) report.videos.push_back(checked(one));
  add_classes(*collection, report);
  if (!options.page.empty()) {
    const FrameStrips pictures =
        video_pictures(*collection, pictured_videos(report), watched(callbacks, callbacks.drawing));
    const std::string page = check_page(report, pictures);
    expect_no_video({{"the page", options.page}}, report);
    try {
      write_file(options.page, page);
    } catch (const Error& error) {  // what was found is not lost for it
      report.page_error = error.message();
    }
  }
  return report;
} catch (const Stopped&) {
  fail("the check was stopped before its end");
}

}  // namespace c3d
