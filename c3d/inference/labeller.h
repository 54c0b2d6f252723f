// Labels videos one after the other: takes clips from a ClipStream, scores them by a BatchRunner, and reports
// each video when its last clip is scored, in the order of the inputs. Writes what was asked for beside the
// labels; a video whose own files cannot be written counts as failed, the others go on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "c3d/inference/batch_runner.h"
#include "c3d/inference/feature_file.h"
#include "c3d/inference/overlay.h"
#include "c3d/inference/video_result.h"
#include "engine/train/video_score.h"

namespace c3d {

struct LabelOptions {
  std::size_t top = 5;     // labels of a video
  std::size_t batch = 10;  // clips scored at a time, each of their crops counted
  LastBatch last_batch = LastBatch::smaller;
  ClipSpec clip;
  ReadOptions reading;
  bool keeps_probabilities = false;  // results have those of all classes
  // Empty, or one path for each input.
  std::vector<std::filesystem::path> overlays, timelines, features;
  std::vector<H5Place> h5_places;                        // of features in HDF5 files, for each input
  FeatureRule feature_rule;                              // of the features
  std::function<bool()> stopped = [] { return false; };  // asked between clips: true ends the run
  // Told, while the overlay of a video is written, how many of its frames are.
  std::function<void(const Input&, std::int64_t written, std::int64_t frames)> overlaying =
      [](const Input&, std::int64_t, std::int64_t) {};
};

// How long each kind of work took, on the clock: reading goes on beside the network, so that they add up to
// more than the run.
struct WorkTime {
  ReadingTime reading;  // of the videos that were read to their end, by all readers
  double network_seconds = 0;
};
std::string text_line(const WorkTime& time);  // with each one's share of the sum
// "waits: the network waited 3 times for clips, 0.12 s of the whole"
std::string text_line(const WaitCounts& waits);

class Labeller {
 public:
  using Report = std::function<void(const VideoResult&)>;
  // Borrows all of them.
  Labeller(Classifier& classifier, const std::vector<Input>& inputs, const LabelOptions& options,
           Report report);
  void run();  // until all are reported, or options.stopped()
  std::int64_t clips() const { return clips_; }
  const WorkTime& time_taken() const { return time_taken_; }
  const WaitCounts& waits() const { return waits_; }

 private:
  struct Video {  // between its first clip and its report
    explicit Video(std::size_t classes) : score(classes) {}
    VideoScore score;
    std::vector<ClipResult> clips;
    std::vector<std::vector<float>> probabilities;  // of its clips, where a picture needs them
    std::unique_ptr<FeatureFile> features;
    std::int64_t open_clips = 0;  // that have no score yet
    bool ended = false;
    VideoEnd end;
    std::string error;
  };
  Video& video(std::size_t index);
  void take_score(const Clip& clip, const ClipScore& score);
  void take(Video& video, std::size_t index, const Clip& clip, const ClipScore& score);
  void report_finished();
  VideoResult result(std::size_t index, Video& video) const;
  void write_files(std::size_t index, Video& video, const VideoResult& result) const;
  void write_timeline(const std::filesystem::path& png, const Video& video, const VideoResult& result) const;
  void overlay(std::size_t index, const Video& video, const VideoResult& result) const;
  FrameLabels named(const std::vector<double>& probabilities) const;

  Classifier& classifier_;
  const std::vector<Input>& inputs_;
  const LabelOptions& options_;
  Report report_;
  std::map<std::size_t, Video> videos_;
  std::int64_t clips_ = 0;
  WorkTime time_taken_;
  WaitCounts waits_;
};

}  // namespace c3d
