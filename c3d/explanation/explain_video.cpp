#include "c3d/explanation/explain_video.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "c3d/inference/clip_stream.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

std::size_t label_of(const VideoResult& result, const ExplanationRule& rule,
                     const std::vector<std::string>& labels) {
  if (rule.label.empty()) return static_cast<std::size_t>(result.labels.at(0).first);
  const std::string unknown = unknown_label(rule.label, labels);
  expect(unknown.empty(), "{}", unknown);
  return static_cast<std::size_t>(std::ranges::find(labels, rule.label) - labels.begin());
}

// As FrameTimes::mean_fps(), of what a result keeps; 0: not known.
double frame_rate_of(const VideoResult& result) {
  return result.seconds > 0 ? static_cast<double>(result.frames) / result.seconds : result.fps;
}

void add_windows(const VideoResult& result, std::size_t label, VideoExplanation& explanation) {
  double sum = 0;
  for (std::size_t i = 0; i < result.clips.size(); ++i) {
    const ClipResult& clip = result.clips[i];
    const auto probability = static_cast<double>(result.clip_probabilities.at(i).at(label));
    explanation.windows.push_back({clip.first_frame, clip.start_seconds, clip.end_seconds, probability});
    sum += probability;
  }
  explanation.probability = sum / static_cast<double>(result.clips.size());
}

// Adds the maps of all clips of the video.
void add_maps(GradCam& cam, const Input& input, const ExplanationRule& rule, std::size_t label,
              VideoExplanation& explanation) {
  const std::size_t batch = clips_of_batch(rule.batch, rule.clip);
  const std::vector<Input> inputs{input};
  std::size_t seen = 0;
  std::string error;
  const ReadingPlan plan = reading_plan(rule.clip, rule.reading, inputs.size(), batch);
  ClipMemory memory(cam.backend(), clip_bytes(rule.clip), plan.clips);
  std::vector<Clip> waiting;
  const auto explain_waiting = [&] {
    if (waiting.empty()) return;
    const std::vector<float> maps = cam.maps(waiting, rule.clip, label);
    explanation.maps.insert(explanation.maps.end(), maps.begin(), maps.end());
    waiting.clear();
  };
  ClipStream stream(inputs, rule.clip, rule.reading, plan, &memory);
  while (true) {
    std::optional<ClipStream::Item> next = stream.next();
    if (!next) break;
    expect(!rule.is_unwanted(), "its explanation was not wanted any more");
    ClipStream::Item& item = *next;
    if (Clip* clip = std::get_if<Clip>(&item)) {
      expect(seen < explanation.windows.size() && clip->first_frame == explanation.windows[seen].first_frame,
             "it gave other clips when it was read again to be explained: something changes it");
      ++seen;
      waiting.push_back(std::move(*clip));
      if (waiting.size() == batch) explain_waiting();
    } else {
      error = std::get<VideoEnd>(item).error;
    }
  }
  expect(error.empty(), "when it was read again to be explained: {}", Lines{error});
  explain_waiting();
  expect(seen == explanation.windows.size(),
         "it gave {} clips instead of {} when it was read again to be explained: something changes it", seen,
         explanation.windows.size());
}

}  // namespace

VideoExplanation explain_video(GradCam& cam, const Input& input, const VideoResult& result,
                               const ExplanationRule& rule) {
  expect(
      can_be_read_again(input.path),
      "is a pipe, which gives its bytes once; an explanation reads them again: give the video as a file or "
      "as standard input (-)");
  const std::vector<std::string>& labels = cam.labels();
  const std::size_t label = label_of(result, rule, labels);
  VideoExplanation explanation;
  explanation.file = result.file;
  explanation.label = labels.at(label);
  explanation.layer = cam.layer();
  explanation.clips = rule.clips;
  explanation.frames = result.frames;
  explanation.frame_rate = frame_rate_of(result);
  explanation.crops = rule.clip.crops;
  explanation.grid = {cam.grid().d, cam.grid().h, cam.grid().w};
  add_windows(result, label, explanation);
  add_maps(cam, input, rule, label, explanation);
  if (std::ranges::all_of(explanation.maps, [](float value) { return value == 0; })) {
    explanation.warnings.push_back(fmt::format("nothing in it speaks for '{}' at {}: its map is 0 everywhere",
                                               explanation.label, cam.layer()));
  }
  return explanation;
}

}  // namespace c3d
