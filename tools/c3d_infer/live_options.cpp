#include "tools/c3d_infer/live_options.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "c3d/live/alert_watch.h"
#include "c3d/live/live_rule.h"
#include "engine/core/error.h"
#include "engine/core/text.h"
#include "tools/shared/option_checks.h"

namespace c3d {
namespace {

constexpr const char* kForever = "forever";
constexpr const char* kGroup = "Live";

// What needs the whole video.
constexpr std::array kOfVideosThatEnd{"VIDEO",      "--list",    "--clips",  "--numbering", "--overlay",
                                      "--timeline", "--report",  "--resume", "--features",  "--features-out",
                                      "--explain",  "--readers", "--shard",  "--balance"};
constexpr std::array kOfLive{"--reconnect",      "--alert",  "--alert-hold",
                             "--alert-cooldown", "--record", "--record-seconds"};

void check_reconnect(const std::string& text) {
  const auto number = whole_number(text);
  expect(text == kForever || (number && *number >= 0 && *number <= 1'000'000),
         "is '{}', but must be a number of tries or {}", text, kForever);
}

void add_alert_options(CLI::App& app, LiveArguments& a) {
  app.add_option_function<std::vector<std::string>>(
         "--alert",
         [&a](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             const std::vector<LiveAlertRule> rules = parse_alerts(text);
             a.options.alerts.insert(a.options.alerts.end(), rules.begin(), rules.end());
           }
         },
         "label that raises an alert where its probability is above a threshold from 0 to 1; several with "
         "commas between them, or repeated")
      ->check(checked_by([](const std::string& text) { parse_alerts(text); }))
      ->allow_extra_args(false)
      ->type_name("LABEL:THRESHOLD")
      ->group(kGroup);
  app.add_option("--alert-hold", a.options.alert_hold,
                 "seconds that a label must stay above its threshold before its alert comes")
      ->capture_default_str()
      ->check(number_within(0, 1e6))
      ->type_name("SECONDS")
      ->group(kGroup);
  app.add_option("--alert-cooldown", a.options.alert_cooldown,
                 "seconds after an alert in which the same label raises no other")
      ->capture_default_str()
      ->check(number_within(0, 1e6))
      ->type_name("SECONDS")
      ->group(kGroup);
  app.add_option(
         "--record", a.options.record,
         "folder for a video of the seconds around each alert: the packets as they came, without sound")
      ->type_name("DIR")
      ->group(kGroup);
  app.add_option("--record-seconds", a.options.record_seconds, "before an alert, and after it")
      ->capture_default_str()
      ->check(number_within(0, kMostRecordSeconds))
      ->type_name("SECONDS")
      ->group(kGroup);
}

}  // namespace

void add_live_options(CLI::App& app, LiveArguments& a) {
  app.add_option(
         "--live", a.source,
         "labels live video as it comes, a line every --step frames, the newest window first: rtsp://, "
         "http:// (HLS too), udp:// (MPEG-TS), /dev/video0, a named pipe or file, - for standard input")
      ->type_name("SOURCE")
      ->group(kGroup);
  app.add_option(
         "--reconnect", a.reconnect,
         "how often a lost stream is asked for again in a row, after 1, 2, 4 ... 30 seconds; where it is "
         "given, also for the first connection [forever, once frames came]")
      ->check(checked_by(check_reconnect))
      ->type_name("N|forever")
      ->group(kGroup);
  add_alert_options(app, a);
}

void check_live_options(const LiveArguments& a, const CLI::App& app) {
  if (a.source.empty()) {
    for (const char* option : kOfLive) {
      if (app.count(option) > 0)
        throw CLI::ValidationError(option, "is about live video: give --live SOURCE too");
    }
    return;
  }
  for (const char* option : kOfVideosThatEnd) {
    if (app.count(option) == 0) continue;
    throw CLI::ValidationError(option, "is about videos that end: leave it out, or --live");
  }
  for (const char* option : {"--alert-hold", "--alert-cooldown"}) {
    if (app.count(option) == 0 || !a.options.alerts.empty()) continue;
    throw CLI::ValidationError(option, "is about alerts: give --alert LABEL:THRESHOLD too");
  }
  if (app.count("--record-seconds") > 0 && a.options.record.empty()) {
    throw CLI::ValidationError("--record-seconds", "is about recordings: give --record DIR too");
  }
  if (app.count("--record") > 0 && a.options.alerts.empty()) {
    throw CLI::ValidationError("--record",
                               "keeps the seconds around alerts: give --alert LABEL:THRESHOLD too");
  }
}

LiveOptions live_options(const LiveArguments& a, const LabelRequest& request, const ModelInfo& info) {
  LiveOptions options = a.options;
  options.step = clip_spec(request, info).step;
  options.frame_stride = request.clips.frame_stride;
  options.fps = request.clips.fps;
  options.crops = request.clips.crops;
  options.top = request.top;
  options.read_timeout = request.clips.read_timeout;
  options.waits_for_first = !a.reconnect.empty();
  if (const auto tries = whole_number(a.reconnect)) options.reconnect = static_cast<int>(*tries);
  return options;
}

}  // namespace c3d
