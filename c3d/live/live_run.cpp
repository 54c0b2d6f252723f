#include "c3d/live/live_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "c3d/common/duration.h"
#include "c3d/inference/label_selection.h"
#include "c3d/inference/loaded_network.h"
#include "c3d/live/alert_watch.h"
#include "c3d/live/live_channel.h"
#include "c3d/live/live_feed.h"
#include "c3d/live/recording_name.h"
#include "engine/core/argument.h"
#include "engine/core/error.h"
#include "engine/io/file.h"

namespace c3d {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPatience{100};  // between two looks whether the run is to stop

double seconds_since(Clock::time_point time) {
  return std::chrono::duration<double>(Clock::now() - time).count();
}

// Also where a callback throws: the thread that reads ends before its channel does.
struct StopAtEnd {
  explicit StopAtEnd(LiveChannel& of) : channel(of) {}
  ~StopAtEnd() { channel.stop(); }
  StopAtEnd(const StopAtEnd&) = delete;
  StopAtEnd& operator=(const StopAtEnd&) = delete;
  LiveChannel& channel;
};

class LiveRun {
 public:
  LiveRun(Classifier& classifier, const LiveRule& rule, const LiveCallbacks& callbacks)
      : classifier_(classifier),
        rule_(rule),
        callbacks_(callbacks),
        labels_(classifier.info().labels),
        alerts_(rule.options, labels_),
        channel_(can_wait(rule.address)),
        feed_(rule, channel_) {}

  LiveTotals run() {
    warm_up();
    const Clock::time_point start = Clock::now();
    {
      std::jthread reader([this] { feed_.run(); });
      const StopAtEnd stop(channel_);
      while (step()) {
      }
    }
    for (const LiveEvent& event : channel_.take({}).events) tell(event);
    totals_.seconds = seconds_since(start);
    totals_.frames = feed_.frames();
    totals_.connections = feed_.connections();
    if (totals_.windows > 0) totals_.mean_delay_seconds /= static_cast<double>(totals_.windows);
    const std::string failure = channel_.failure();
    expect(failure.empty() || totals_.frames > 0, "{}", Lines{failure});
    totals_.error = failure;
    if (failure.empty() && !asked_to_stop_ && totals_.windows == 0) {
      totals_.error = fmt::format(
          "{}: ended after {} frame{}, and a window spans {}{}", rule_.address.name, totals_.frames,
          totals_.frames == 1 ? "" : "s", rule_.clip.span(),
          rule_.clip.fps.is_given() ? fmt::format(" at --fps {}", to_string(rule_.clip.fps)) : "");
    }
    return std::move(totals_);
  }

 private:
  // Kernels are measured, and memory is taken, before the first frame comes.
  void warm_up() {
    Clip blank{.frames = ClipFrames(clip_bytes(rule_.clip))};
    std::ranges::fill(blank.frames, std::uint8_t{0});
    static_cast<void>(classifier_.classify(std::span(&blank, 1), rule_.clip));
  }

  // False: the run is over.
  bool step() {
    const LiveChannel::Taken taken = channel_.take(kPatience);
    for (const LiveEvent& event : taken.events) tell(event);
    if (taken.window) label(*taken.window, taken);
    asked_to_stop_ = callbacks_.stop_requested && callbacks_.stop_requested();
    return !asked_to_stop_ && !taken.is_over;
  }

  void tell(const LiveEvent& event) {
    if (event.kind == LiveEventKind::lost) alerts_.interrupt();
    if (event.kind == LiveEventKind::recorded) ++totals_.recordings;
    if (callbacks_.event) callbacks_.event(event);
  }

  void label(const LiveClip& window, const LiveChannel::Taken& taken) {
    const std::vector<float> scores =
        classifier_.classify(std::span(&window.clip, 1), rule_.clip).front().probabilities;
    const std::vector<double> probabilities(scores.begin(), scores.end());
    const LabelSelection selected = select_labels(probabilities, classifier_.thresholds(), rule_.options.top);
    LiveWindow result;
    result.time = window.last.time;
    result.seconds = window.last.seconds;
    result.first_frame = window.first_frame();
    for (const auto& [index, probability] : selected.labels) {
      result.labels.push_back({labels_[static_cast<std::size_t>(index)], probability});
    }
    result.shown = selected.shown;
    result.delay_seconds = seconds_since(window.last.arrival);
    result.dropped_windows = taken.dropped_windows;
    result.dropped_frames = taken.dropped_frames;
    count(result);
    if (callbacks_.window) callbacks_.window(result);
    raise_alerts(window.last, scores);
  }

  void count(const LiveWindow& window) {
    ++totals_.windows;
    totals_.dropped_windows += window.dropped_windows;
    totals_.dropped_frames += window.dropped_frames;
    totals_.mean_delay_seconds += window.delay_seconds;  // their sum, until the end
    totals_.longest_delay_seconds = std::max(totals_.longest_delay_seconds, window.delay_seconds);
  }

  void raise_alerts(const LiveMoment& moment, const std::vector<float>& scores) {
    for (const AlertWatch::Raised& raised : alerts_.next(alert_seconds(moment), scores)) {
      ++totals_.alerts;
      const std::string& label = labels_[raised.label];
      if (!rule_.options.record.empty()) wish_for_recording(moment, label);
      if (!callbacks_.alert) continue;
      callbacks_.alert({.time = moment.time,
                        .seconds = moment.seconds,
                        .label = label,
                        .probability = static_cast<double>(scores[raised.label]),
                        .held_seconds = raised.held_seconds});
    }
  }

  // A file is read as fast as the network takes it: its own times count.
  double alert_seconds(const LiveMoment& moment) const {
    if (rule_.address.is_read_once()) return moment.seconds;
    return std::chrono::duration<double>(moment.arrival.time_since_epoch()).count();
  }

  void wish_for_recording(const LiveMoment& moment, const std::string& label) {
    const auto around = std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(rule_.options.record_seconds));
    channel_.wish({recording_name(rule_.options.record, moment.time, label), moment.arrival - around,
                   moment.arrival + around});
  }

  Classifier& classifier_;
  const LiveRule& rule_;
  const LiveCallbacks& callbacks_;
  const std::vector<std::string>& labels_;
  AlertWatch alerts_;
  LiveChannel channel_;
  LiveFeed feed_;
  LiveTotals totals_;
  bool asked_to_stop_ = false;
};

}  // namespace

LiveRule live_rule(LiveAddress address, const LiveOptions& options, const ModelInfo& info) {
  expect_argument(options.top > 0, "no label of a window is asked for: 1 at least");
  expect_argument(options.read_timeout > 0, "a stream cannot be waited for {:g} seconds",
                  options.read_timeout);
  expect_argument(options.record_seconds >= 0 && options.record_seconds <= kMostRecordSeconds,
                  "{:g} seconds around an alert: from 0 to {:g} are recorded", options.record_seconds,
                  kMostRecordSeconds);
  ClipOptions clips;
  clips.step = options.step;
  clips.frame_stride = options.frame_stride;
  clips.fps = options.fps;
  clips.crops = options.crops;
  LiveRule rule{.address = std::move(address), .options = options, .clip = clip_spec(clips, info)};
  if (rule.clip.step == 0) rule.clip.step = std::max(1, rule.clip.clip_frames / 2);
  return rule;
}

namespace {

// Known before the first frame, not with the first alert.
void make_recordings_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  expect(!error, "{}: this folder for recordings cannot be made: {}", folder, error.message());
  const std::filesystem::path tried = folder / ".c3d_infer.part";
  File(tried, O_WRONLY | O_CREAT | O_CLOEXEC);
  ::unlink(tried.c_str());
}

}  // namespace

LiveTotals run_live(Classifier& classifier, const LiveRule& rule, const LiveCallbacks& callbacks) {
  LiveRun run(classifier, rule, callbacks);
  if (!rule.options.record.empty()) {
    make_recordings_folder(rule.options.record);
  }
  return run.run();
}

}  // namespace c3d
