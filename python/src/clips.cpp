#include <nanobind/stl/array.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <mutex>

#include "c3d/clip_batches.h"
#include "python/src/runs.h"

namespace c3d::python {
namespace {

class Batches {
 public:
  Batches(const std::vector<SettingValue>& settings, bool validates, const RunListeners& on)
      : batches_(settings, validates ? ClipBatches::Side::validation : ClipBatches::Side::training,
                 callbacks_of(on)) {}

  const ClipBatches& batches() const { return batches_; }

  void start_epoch(std::int64_t epoch, std::int64_t first) {
    const nb::gil_scoped_release unlocked;
    const std::lock_guard lock(mutex_);
    batches_.start_epoch(epoch, first);
  }

  // Into the caller's memory; None: the epoch is over.
  nb::object next(const nb::ndarray<std::uint8_t, nb::c_contig, nb::device::cpu>& clips) {
    ClipBatch batch;
    bool more = false;
    {
      const nb::gil_scoped_release unlocked;
      const std::lock_guard lock(mutex_);
      more = batches_.next({clips.data(), clips.size()}, batch);
    }
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    if (!more) return nb::none();
    const std::vector<std::int64_t> labels(batch.labels.begin(), batch.labels.end());
    nb::object label_sets = nb::none();
    if (!batch.label_sets.empty()) {
      label_sets = array_of(std::move(batch.label_sets), {batch.size, std::ssize(batches_.labels())});
    }
    return nb::make_tuple(batch.size, array_of(labels, {batch.size}), label_sets,
                          array_of(std::move(batch.videos), {batch.size}),
                          array_of(std::move(batch.first_frames), {batch.size}));
  }

 private:
  std::mutex mutex_;
  ClipBatches batches_;
};

using SharedBatches = OfOneProcess<Batches>;

}  // namespace

void bind_clips(nb::module_& m) {
  nb::class_<SharedBatches>(m, "Batches")
      .def(
          "__init__",
          [](SharedBatches* self, const std::vector<SettingValue>& settings, bool validates,
             nb::object on_note, nb::object on_reading) {
            const RunListeners on{nb::none(), std::move(on_note), std::move(on_reading)};
            run_interruptibly([&] {
              new (self) SharedBatches(std::in_place, settings, validates, on);
              return true;
            });
          },
          nb::arg("settings"), nb::arg("validates"), nb::arg("on_note").none(), nb::arg("on_reading").none())
      .def("labels", [](SharedBatches& b) { return b->batches().labels(); })
      .def("videos", [](SharedBatches& b) { return b->batches().videos(); })
      .def("clip_shape", [](SharedBatches& b) { return b->batches().clip_shape(); })
      .def("batch", [](SharedBatches& b) { return b->batches().batch(); })
      .def("batches_per_epoch", [](SharedBatches& b) { return b->batches().batches_per_epoch(); })
      .def("clips_per_epoch", [](SharedBatches& b) { return b->batches().clips_per_epoch(); })
      .def("start_epoch",
           [](SharedBatches& b, std::int64_t epoch, std::int64_t first) { b->start_epoch(epoch, first); })
      .def("next",
           [](SharedBatches& b, const nb::ndarray<std::uint8_t, nb::c_contig, nb::device::cpu>& clips) {
             return b->next(clips);
           });
}

}  // namespace c3d::python
