// Live video as an iterator: the run has a thread of its own, and gives what happens one by one. While
// nobody asks, it waits; the library then drops what comes meanwhile, and counts it.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>

#include "python/src/model.h"

namespace c3d::python {
namespace {

double unix_seconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

nb::object told(const LiveWindow& window) {
  nb::list labels;
  for (const RankedLabel& label : window.labels) {
    labels.append(nb::make_tuple(label.name, label.probability));
  }
  nb::dict result;
  result["time"] = unix_seconds(window.time);
  result["seconds"] = window.seconds;
  result["first_frame"] = window.first_frame;
  result["labels"] = labels;
  result["shown"] = window.shown;
  result["delay"] = window.delay_seconds;
  result["dropped_windows"] = window.dropped_windows;
  result["dropped_frames"] = window.dropped_frames;
  return nb::make_tuple("window", result);
}

nb::object told(const LiveAlert& alert) {
  nb::dict result;
  result["time"] = unix_seconds(alert.time);
  result["seconds"] = alert.seconds;
  result["label"] = alert.label;
  result["probability"] = alert.probability;
  result["held"] = alert.held_seconds;
  return nb::make_tuple("alert", result);
}

nb::object told(const LiveEvent& event) {
  nb::dict result;
  result["kind"] = live_event_name(event.kind);
  result["time"] = unix_seconds(event.time);
  result["text"] = event.text;
  result["file"] = event.file;
  return nb::make_tuple("event", result);
}

class Stream {
 public:
  Stream(SharedModel model, std::string source, LiveOptions options)
      : model_(std::move(model)), source_(std::move(source)), options_(std::move(options)) {
    (**model_).acquire(true);
    thread_ = std::jthread([this] { run(); });
  }
  ~Stream() { close(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // With the GIL. None: it has ended. Throws what ended the run.
  nb::object next() {
    std::optional<Item> item;
    while (!take(item)) {
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
    }
    if (item) return std::visit([](const auto& one) { return told(one); }, *item);
    close();
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return nb::none();
  }

  void close() {
    {
      const nb::gil_scoped_release unlocked;
      {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
      }
      changed_.notify_all();
      if (thread_.joinable()) thread_.join();
    }
    if (std::exchange(holds_model_, false)) (**model_).release();
  }

  nb::dict totals() {
    const std::lock_guard lock(mutex_);
    nb::dict result;
    result["seconds"] = totals_.seconds;
    result["frames"] = totals_.frames;
    result["windows"] = totals_.windows;
    result["dropped_windows"] = totals_.dropped_windows;
    result["dropped_frames"] = totals_.dropped_frames;
    result["alerts"] = totals_.alerts;
    result["recordings"] = totals_.recordings;
    result["connections"] = totals_.connections;
    result["mean_delay"] = totals_.mean_delay_seconds;
    result["longest_delay"] = totals_.longest_delay_seconds;
    result["error"] = totals_.error;
    return result;
  }

 private:
  using Item = std::variant<LiveWindow, LiveAlert, LiveEvent>;

  // False: nothing has come so far.
  bool take(std::optional<Item>& item) {
    const nb::gil_scoped_release unlocked;
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [this] { return waiting_ || ended_ || stopped_; })) return false;
    if (waiting_ && !stopped_) item = std::exchange(waiting_, std::nullopt);
    lock.unlock();
    changed_.notify_all();
    return true;
  }

  template <typename Happened>
  void give(const Happened& happened) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_ || stopped_; });
    if (!stopped_) waiting_.emplace(happened);
    lock.unlock();
    changed_.notify_all();
  }

  void run() {
    LiveTotals totals;
    std::exception_ptr failure;
    try {
      totals = (**model_).live().run(source_, options_,
                                     {.window = [this](const LiveWindow& window) { give(window); },
                                      .alert = [this](const LiveAlert& alert) { give(alert); },
                                      .event = [this](const LiveEvent& event) { give(event); },
                                      .stop_requested =
                                          [this] {
                                            const std::lock_guard lock(mutex_);
                                            return stopped_;
                                          }});
    } catch (...) {
      failure = std::current_exception();
    }
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !waiting_ || stopped_; });
      totals_ = totals;
      failure_ = failure;
      ended_ = true;
    }
    changed_.notify_all();
  }

  SharedModel model_;
  const std::string source_;
  const LiveOptions options_;
  bool holds_model_ = true;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Item> waiting_;
  bool stopped_ = false, ended_ = false;
  LiveTotals totals_;
  std::exception_ptr failure_;
  std::jthread thread_;  // last: it ends before what it uses
};

using SharedStream = OfOneProcess<Stream>;

}  // namespace

void bind_stream(nb::module_& m) {
  nb::class_<SharedStream>(m, "Stream")
      .def(
          "__init__",
          [](SharedStream* self, const SharedModel& model, const std::string& source, int step,
             int frame_stride, const std::string& fps, int crops, std::size_t top, double read_timeout,
             int reconnect, bool waits_for_first, const std::vector<std::pair<std::string, double>>& alerts,
             double alert_hold, double alert_cooldown, const std::filesystem::path& record,
             double record_seconds) {
            LiveOptions options{.step = step,
                                .frame_stride = frame_stride,
                                .fps = fps,
                                .crops = crops,
                                .top = top,
                                .read_timeout = read_timeout,
                                .reconnect = reconnect,
                                .waits_for_first = waits_for_first,
                                .alerts = {},
                                .alert_hold = alert_hold,
                                .alert_cooldown = alert_cooldown,
                                .record = record,
                                .record_seconds = record_seconds};
            for (const auto& [label, threshold] : alerts) options.alerts.push_back({label, threshold});
            new (self) SharedStream(std::in_place, model, source, std::move(options));
          },
          nb::arg("model"), nb::arg("source"), nb::arg("step"), nb::arg("frame_stride"), nb::arg("fps"),
          nb::arg("crops"), nb::arg("top"), nb::arg("read_timeout"), nb::arg("reconnect"),
          nb::arg("waits_for_first"), nb::arg("alerts"), nb::arg("alert_hold"), nb::arg("alert_cooldown"),
          nb::arg("record"), nb::arg("record_seconds"))
      .def("next", [](SharedStream& stream) { return stream->next(); })
      .def("close", [](SharedStream& stream) { stream->close(); })
      .def("totals", [](SharedStream& stream) { return stream->totals(); });
}

}  // namespace c3d::python
