#include "c3d/live/live_lines.h"

#include <fmt/format.h>

#include "c3d/common/duration.h"
#include "c3d/live/recording_name.h"
#include "engine/core/printable.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

using nlohmann::ordered_json;

std::string counted(std::int64_t count, const char* one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string label_text(const RankedLabel& label) {
  return fmt::format("{} {:.1f} %", printable(label.name), 100 * label.probability);
}

// Those that are there; of a network that tells one label the other likely ones, too.
std::string labels_text(const LiveWindow& window) {
  std::string text;
  for (const RankedLabel& label : window.labels) text += (text.empty() ? "" : ", ") + label_text(label);
  return text;
}

}  // namespace

std::string text_line(const LiveWindow& window) {
  std::string line = fmt::format("{} {:.1f} s: {}{} (delay {:.2f} s)", iso_time(window.time), window.seconds,
                                 window.shown == 0 ? "none above its threshold; " : "", labels_text(window),
                                 window.delay_seconds);
  if (window.dropped_windows > 0) {
    line += fmt::format("; {} and {} before it dropped", counted(window.dropped_windows, "window"),
                        counted(window.dropped_frames, "frame"));
  }
  return line;
}

std::string text_line(const LiveAlert& alert) {
  constexpr double kShown = 0.05;  // seconds that are not 0.0 in words
  const std::string held =
      alert.held_seconds < kShown ? "" : fmt::format(" for {:.1f} s", alert.held_seconds);
  return fmt::format("{} ALERT {} (above its threshold{})", iso_time(alert.time),
                     label_text({alert.label, alert.probability}), held);
}

std::string text_line(const LiveEvent& event) {
  return fmt::format("{} {}: {}", iso_time(event.time), live_event_name(event.kind), printable(event.text));
}

std::string text_line(const LiveTotals& totals) {
  return fmt::format("{}: {}, {} labelled, {} dropped with {}; delay {:.2f} s, at most {:.2f} s; {}, {}, {}",
                     duration_text(totals.seconds), counted(totals.frames, "frame"),
                     counted(totals.windows, "window"), totals.dropped_windows,
                     counted(totals.dropped_frames, "frame"), totals.mean_delay_seconds,
                     totals.longest_delay_seconds, counted(totals.alerts, "alert"),
                     counted(totals.recordings, "recording"), counted(totals.connections, "connection"));
}

std::string json_line(const LiveWindow& window) {
  ordered_json labels = ordered_json::array();
  for (std::size_t i = 0; i < window.labels.size(); ++i) {
    labels.push_back({{"label", window.labels[i].name},
                      {"probability", window.labels[i].probability},
                      {"shown", i < window.shown}});
  }
  return dump_json(ordered_json{{"time", iso_time(window.time)},
                                {"seconds", window.seconds},
                                {"first_frame", window.first_frame},
                                {"labels", labels},
                                {"delay_seconds", window.delay_seconds},
                                {"dropped_windows", window.dropped_windows},
                                {"dropped_frames", window.dropped_frames}});
}

std::string json_line(const LiveAlert& alert) {
  return dump_json(ordered_json{{"time", iso_time(alert.time)},
                                {"event", "alert"},
                                {"seconds", alert.seconds},
                                {"label", alert.label},
                                {"probability", alert.probability},
                                {"held_seconds", alert.held_seconds}});
}

std::string json_line(const LiveEvent& event) {
  ordered_json line{
      {"time", iso_time(event.time)}, {"event", live_event_name(event.kind)}, {"text", event.text}};
  if (!event.file.empty()) line["file"] = json_name(event.file.native());
  return dump_json(line);
}

std::string json_line(const LiveTotals& totals) {
  return dump_json(ordered_json{{"time", iso_time(std::chrono::system_clock::now())},
                                {"event", "ended"},
                                {"error", totals.error},
                                {"run_seconds", totals.seconds},
                                {"frames", totals.frames},
                                {"windows", totals.windows},
                                {"dropped_windows", totals.dropped_windows},
                                {"dropped_frames", totals.dropped_frames},
                                {"alerts", totals.alerts},
                                {"recordings", totals.recordings},
                                {"connections", totals.connections},
                                {"mean_delay_seconds", totals.mean_delay_seconds},
                                {"longest_delay_seconds", totals.longest_delay_seconds}});
}

}  // namespace c3d
