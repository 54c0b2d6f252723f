#include "c3d/inference/labeller.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>

#include "c3d/common/duration.h"
#include "c3d/inference/label_selection.h"
#include "c3d/inference/output_paths.h"
#include "c3d/report/pictures.h"
#include "data/video_writer.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr double kUnknownFps = 25;  // of an overlay, where the video does not say

double usable_fps(const FrameTimes& times) {
  const double fps = times.mean_fps();
  return fps > 0 && fps <= 1000 ? fps : kUnknownFps;
}

}  // namespace

std::string text_line(const WorkTime& time) {
  const double decode = time.reading.decode_seconds, resize = time.reading.resize_seconds;
  const double all = std::max(decode + resize + time.network_seconds, 1e-9);
  return fmt::format(
      "work: decoding {:.2f} s ({:.1f} %), resizing {:.2f} s ({:.1f} %), network {:.2f} s ({:.1f} %)", decode,
      100 * decode / all, resize, 100 * resize / all, time.network_seconds, 100 * time.network_seconds / all);
}

std::string text_line(const WaitCounts& waits) {
  return fmt::format(
      "waits: the network waited {} time{} for clips, {:.2f} s of the whole; {} while a batch of later "
      "videos was there",
      waits.waits, waits.waits == 1 ? "" : "s", waits.wait_seconds, waits.waits_with_a_batch);
}

Labeller::Labeller(Classifier& classifier, const std::vector<Input>& inputs, const LabelOptions& options,
                   Report report)
    : classifier_(classifier), inputs_(inputs), options_(options), report_(std::move(report)) {
  for (const std::filesystem::path& copy : options_.overlays) check_video_name(copy);
}

void Labeller::run() {
  const std::size_t batch = clips_of_batch(options_.batch, options_.clip);
  const ReadingPlan plan = reading_plan(options_.clip, options_.reading, inputs_.size(), batch);
  ClipMemory memory(classifier_.backend(), clip_bytes(options_.clip), plan.clips);
  ClipStream stream(inputs_, options_.clip, options_.reading, plan, &memory);
  BatchRunner runner(
      classifier_, options_.clip, batch,
      [this](const Clip& clip, const ClipScore& score) { take_score(clip, score); }, options_.last_batch);
  const auto note = [&] {
    time_taken_.network_seconds = runner.network_seconds();
    waits_ = runner.counts();
  };
  while (true) {
    std::optional<ClipStream::Item> next = runner.next(stream);
    if (!next) break;
    ClipStream::Item& item = *next;
    if (options_.stopped()) return note();
    if (Clip* clip = std::get_if<Clip>(&item)) {
      ++video(clip->video).open_clips;
      runner.add(std::move(*clip));
    } else {
      VideoEnd& end = std::get<VideoEnd>(item);
      time_taken_.reading += end.time_taken;
      Video& owner = video(end.video);
      owner.end = std::move(end);
      owner.ended = true;
    }
    report_finished();
  }
  runner.finish();
  note();
  report_finished();
}

Labeller::Video& Labeller::video(std::size_t index) {
  return videos_.try_emplace(index, classifier_.info().labels.size()).first->second;
}

void Labeller::take_score(const Clip& clip, const ClipScore& score) {
  Video& owner = video(clip.video);
  --owner.open_clips;
  ++clips_;
  try {
    if (owner.error.empty()) take(owner, clip.video, clip, score);
  } catch (const Error& error) {
    owner.error = error.message();
  }
}

void Labeller::take(Video& video, std::size_t index, const Clip& clip, const ClipScore& score) {
  const std::vector<float>& probabilities = score.probabilities;
  expect(std::ranges::all_of(probabilities, [](float p) { return std::isfinite(p); }),
         "the network gives numbers that are not finite for the clip at frame {}: its weights are of no use",
         clip.first_frame);
  video.score.add(probabilities);
  const auto best = std::ranges::max_element(probabilities);
  ClipResult result;
  result.first_frame = clip.first_frame;
  result.label = static_cast<int>(best - probabilities.begin());
  result.probability = static_cast<double>(*best);
  if (!classifier_.thresholds().empty()) {
    const std::vector<double> wide(probabilities.begin(), probabilities.end());
    result.shown = select_labels(wide, classifier_.thresholds(), 0).labels;
  }
  video.clips.push_back(result);
  const bool window = options_.clip.step > 0;
  if (options_.keeps_probabilities || !options_.timelines.empty() || (!options_.overlays.empty() && window)) {
    video.probabilities.push_back(probabilities);
  }
  if (options_.features.empty()) return;
  if (!video.features) {
    const std::filesystem::path& path = options_.features[index];
    make_folder_of(options_.feature_rule.format == FeatureFormat::caffe ? path / "clip" : path);
    const H5Place place = options_.h5_places.empty() ? H5Place() : options_.h5_places[index];
    video.features = std::make_unique<FeatureFile>(path, options_.feature_rule, place);
  }
  video.features->add(clip.first_frame, score.features);
}

// Videos end in order; the first one that still waits for a score holds up those behind it.
void Labeller::report_finished() {
  while (!videos_.empty()) {
    const auto first = videos_.begin();
    if (!first->second.ended || first->second.open_clips > 0) return;
    report_(result(first->first, first->second));
    videos_.erase(first);
  }
}

VideoResult Labeller::result(std::size_t index, Video& video) const {
  const VideoEnd& end = video.end;
  VideoResult result;
  result.file = inputs_[index].name;
  result.error = end.error.empty() ? video.error : end.error;
  if (!result.ok()) return result;
  result.frames = end.times.frames();
  result.fps = end.fps;
  result.seconds = end.times.duration();
  LabelSelection selection =
      select_labels(video.score.probabilities(), classifier_.thresholds(), options_.top);
  result.labels = std::move(selection.labels);
  result.shown = selection.shown;
  if (!classifier_.thresholds().empty()) {
    for (const auto& label : result.labels) {
      result.thresholds.push_back(classifier_.thresholds()[static_cast<std::size_t>(label.first)]);
    }
  }
  result.clips = std::move(video.clips);
  for (ClipResult& clip : result.clips) {
    const std::int64_t past = std::min(clip.first_frame + options_.clip.span(), result.frames);
    clip.start_seconds = end.times.start(clip.first_frame);
    clip.end_seconds = end.times.start(past);
  }
  result.warnings = end.warnings;
  const std::int64_t first = options_.clip.step > 0 ? options_.clip.first_frame : 0;
  if (first > 0 && first + options_.clip.span() > result.frames) {
    result.warnings.push_back(
        fmt::format("no window of {} frames begins at frame {} of {}: the last whole one was taken instead",
                    options_.clip.span(), first, result.frames));
  }
  try {
    write_files(index, video, result);
  } catch (const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    result.error = known != nullptr ? known->message() : fmt::format("writing its files: {}", error.what());
  }
  if (options_.keeps_probabilities) result.clip_probabilities = std::move(video.probabilities);
  return result;
}

void Labeller::write_files(std::size_t index, Video& video, const VideoResult& result) const {
  if (video.features) video.features->finish(video.end.first_number);
  if (!options_.timelines.empty()) write_timeline(options_.timelines[index], video, result);
  if (!options_.overlays.empty()) overlay(index, video, result);
}

void Labeller::write_timeline(const std::filesystem::path& png, const Video& video,
                              const VideoResult& result) const {
  std::vector<TimelineClip> clips;
  for (std::size_t i = 0; i < result.clips.size(); ++i) {
    const std::vector<float>& probabilities = video.probabilities[i];
    clips.push_back({result.clips[i].start_seconds, result.clips[i].end_seconds,
                     std::vector<double>(probabilities.begin(), probabilities.end())});
  }
  make_folder_of(png);
  draw_timeline(png, classifier_.info().labels, clips, std::filesystem::path(result.file).filename().string(),
                classifier_.thresholds());
}

// Clips spread over the video speak for all of it; sliding windows for the frames they show.
void Labeller::overlay(std::size_t index, const Video& video, const VideoResult& result) const {
  std::vector<std::int64_t> first_frames;
  first_frames.reserve(result.clips.size());
  for (const ClipResult& clip : result.clips) first_frames.push_back(clip.first_frame);
  const bool window = options_.clip.step > 0;
  std::pair<std::size_t, std::size_t> shown{0, 0};
  FrameLabels labels = named(video.score.probabilities());
  const auto labels_at = [&](std::int64_t frame) -> const FrameLabels& {
    const auto range = window ? clips_of_frame(first_frames, options_.clip.span(), frame) : shown;
    if (range != shown) {
      shown = range;
      VideoScore score(classifier_.info().labels.size());
      for (std::size_t i = range.first; i < range.second; ++i) score.add(video.probabilities[i]);
      labels = named(score.probabilities());
    }
    return labels;
  };
  make_folder_of(options_.overlays[index]);
  const auto written = [&](std::int64_t frames) {
    options_.overlaying(inputs_[index], frames, result.frames);
  };
  write_overlay(inputs_[index].path, options_.overlays[index], usable_fps(video.end.times), labels_at,
                written, numbering_of(options_.clip, options_.reading));
}

FrameLabels Labeller::named(const std::vector<double>& probabilities) const {
  const LabelSelection selection = select_labels(probabilities, classifier_.thresholds(), options_.top);
  FrameLabels named{{}, selection.shown};
  for (const auto& [index, probability] : selection.labels) {
    named.labels.emplace_back(classifier_.info().labels[static_cast<std::size_t>(index)], probability);
  }
  return named;
}

}  // namespace c3d
