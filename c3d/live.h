// What does a camera show now? Labels live video with a trained C3D, window by window, as it comes.
//
//   c3d::LiveClassifier classifier("best.safetensors");
//   c3d::LiveCallbacks callbacks;
//   callbacks.window = [](const c3d::LiveWindow& w) { std::cout << w.labels.front().name << std::endl; };
//   classifier.run("rtsp://192.168.1.20/stream", {}, callbacks);
//
// The newest window is always the next: where the network is slower than the camera, older windows are
// dropped and counted, so that the delay stays that of one window. Memory does not grow with time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "c3d/export.h"
#include "c3d/video_classifier.h"

namespace c3d {

struct LiveAlertRule {
  std::string label;     // of the network's
  double threshold = 0;  // 0 to 1: the alert's probability is above it
};

struct LiveOptions {
  int step = 0;  // frames from one window's start to the next; 0: half of a window
  // As those of ClipOptions: a stride and a rate of 0 and "" are as the weights were trained. A rate goes by
  // the stream's presentation times, or where it has none by when its packets came.
  int frame_stride = 0;
  std::string fps = {};
  int crops = 1;
  std::size_t top = 5;       // labels of a window
  double read_timeout = 30;  // seconds without anything, after which a stream counts as lost

  // How often a lost stream is asked for again, in a row without a frame; after 1, 2, 4 ... 30 seconds.
  // Negative: until it comes back. Files, pipes and standard input are read once.
  int reconnect = -1;
  bool waits_for_first = false;  // also where the first connection fails, which is else an Error at once

  std::vector<LiveAlertRule> alerts = {};
  double alert_hold = 0;       // seconds that a label must stay above its threshold, before its alert comes
  double alert_cooldown = 30;  // seconds after an alert, in which the label raises no other

  // Folder for a video of the seconds around each alert; empty: none. The packets are the stream's own, not
  // encoded again: .mp4, of codecs that it does not hold .mkv. Without sound.
  std::filesystem::path record = {};
  double record_seconds = 5;  // before an alert, and after it
};

// A window of frames, and what it shows.
struct LiveWindow {
  std::chrono::system_clock::time_point time;  // when its last frame came
  double seconds = 0;  // of its last frame, from the first one that ever came, by the stream's times
  std::int64_t first_frame = 0;     // counted from the first that ever came
  std::vector<RankedLabel> labels;  // the likeliest first, as LabeledVideo::labels
  std::size_t shown = 0;            // so many of them are there
  double delay_seconds = 0;         // from its last frame's coming to its labels
  // Since the window before: windows that were dropped, and frames of these that no labelled window has.
  std::int64_t dropped_windows = 0, dropped_frames = 0;
};

struct LiveAlert {
  std::chrono::system_clock::time_point time;  // of its window
  double seconds = 0;
  std::string label;
  double probability = 0;   // in this window
  double held_seconds = 0;  // so long it has been above the threshold
};

enum class LiveEventKind : std::uint8_t {
  connected,     // frames come
  lost,          // they ended, or stayed away
  reconnecting,  // and are asked for again
  size_changed,  // the pictures'; they are resized as before
  recorded,      // an alert's video is written: `file`
  not_recorded,  // it could not be; the labels go on
};

// "lost" ...: the word in JSON lines.
C3D_API const char* live_event_name(LiveEventKind kind);

struct LiveEvent {
  LiveEventKind kind = LiveEventKind::connected;
  std::chrono::system_clock::time_point time;
  std::string text;            // a sentence for people
  std::filesystem::path file;  // of recorded
};

// Over the whole run.
struct LiveTotals {
  double seconds = 0;                    // on the clock
  std::int64_t frames = 0, windows = 0;  // that came; that were labelled
  std::int64_t dropped_windows = 0, dropped_frames = 0;
  std::int64_t alerts = 0, recordings = 0;
  std::int64_t connections = 0;  // that gave frames
  double mean_delay_seconds = 0, longest_delay_seconds = 0;
  std::string error;  // not empty: the stream was lost for good, or ended before a window was whole; why
};

// Each may be left empty. Called on the thread that called run(), in the order of what happened. What one
// throws ends the run and comes through.
struct LiveCallbacks {
  std::function<void(const LiveWindow&)> window;
  std::function<void(const LiveAlert&)> alert;
  std::function<void(const LiveEvent&)> event;
  std::function<bool()> stop_requested;  // asked ten times a second; true ends the run
};

// Owns the network and the memory of its device; one thread at a time uses it. A moved-from one may only be
// destroyed or assigned to.
class C3D_API LiveClassifier {
 public:
  // Errors as of VideoClassifier.
  explicit LiveClassifier(const std::filesystem::path& weights, const NetworkOptions& options = {});
  explicit LiveClassifier(const VideoNetwork& network);  // that others may use, too
  ~LiveClassifier();
  LiveClassifier(LiveClassifier&& other) noexcept;
  LiveClassifier& operator=(LiveClassifier&& other) noexcept;

  const std::vector<std::string>& labels() const;  // of the classes, in the network's order
  std::string description() const;                 // the device, and how frames become scores

  // Labels what comes, in two threads, until the source ends or it is asked to stop. source:
  //   rtsp://, rtsps://, http://, https:// (streams and HLS), udp:// (MPEG-TS)
  //   /dev/video0   a camera of this machine, through libavdevice
  //   -             standard input
  //   else a file or named pipe. A file waits for the network, so that none of its windows is dropped.
  // Nothing else is opened, and by no other protocol than the source's (http may lead on to https), whatever
  // a playlist names. Error: the source cannot be opened or gave no frame, options that are out of range, an
  // unknown label. A source that was lost later is said in the totals.
  LiveTotals run(const std::string& source, const LiveOptions& options = {},
                 const LiveCallbacks& callbacks = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace c3d
