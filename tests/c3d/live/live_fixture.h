// A small network that labels live sources, and all that it says of them.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "c3d/inference/classifier.h"
#include "c3d/live/live_run.h"
#include "kernels/make_backend.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"
#include "tests/support/tiny_video.h"

namespace c3d {

struct LiveFixture {
  LiveFixture() { write_small_model(folder / "w.safetensors"); }

  LiveRule rule_of(LiveAddress address, const LiveOptions& options = {}) {
    LiveRule rule = live_rule(std::move(address), options, classifier().info());
    rule.first_delay = rule.longest_delay = 0.01;
    return rule;
  }
  LiveTotals run(const LiveRule& rule) {
    LiveCallbacks callbacks;
    callbacks.window = [&](const LiveWindow& window) {
      windows.push_back(window);
      if (on_window) on_window(window);
    };
    callbacks.alert = [&](const LiveAlert& alert) { alerts.push_back(alert); };
    callbacks.event = [&](const LiveEvent& event) {
      events.push_back(event);
      if (on_event) on_event(event);
    };
    callbacks.stop_requested = [&] { return stop.load(); };
    return run_live(classifier(), rule, callbacks);
  }
  LiveTotals run(const std::string& source, const LiveOptions& options = {}) {
    return run(rule_of(live_address(source), options));
  }
  // Of the events of that kind.
  std::vector<LiveEvent> said(LiveEventKind kind) const {
    std::vector<LiveEvent> result;
    for (const LiveEvent& event : events) {
      if (event.kind == kind) result.push_back(event);
    }
    return result;
  }
  // A stream of tiny frames, whose bytes may be joined to others'.
  std::string stream(int frames, int width = 64, int height = 48) const {
    write_tiny_video(folder / "stream.ts", frames, width, height);
    return read_text(folder / "stream.ts");
  }
  Classifier& classifier() {
    if (!classifier_) classifier_.emplace(*backend_, folder / "w.safetensors", ClassifierOptions{});
    return *classifier_;
  }

  ScratchFolder folder;
  std::vector<LiveWindow> windows;
  std::vector<LiveAlert> alerts;
  std::vector<LiveEvent> events;
  std::function<void(const LiveWindow&)> on_window;
  std::function<void(const LiveEvent&)> on_event;
  std::atomic<bool> stop = false;

 private:
  std::unique_ptr<Backend> backend_ = make_backend({.threads = 1, .inference = true});
  std::optional<Classifier> classifier_;
};

}  // namespace c3d
