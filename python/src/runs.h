// What runs of training and of batches tell Python meanwhile.
#pragma once

#include <nanobind/stl/string.h>

#include "c3d/training.h"
#include "python/src/bindings.h"
#include "python/src/interrupt.h"

namespace c3d::python {

// The callbacks take the GIL; what they raise ends the run. Each may be None. `on` outlives them.
struct RunListeners {
  nb::object metrics, note, reading;
};
TrainingCallbacks callbacks_of(const RunListeners& on);

// `work` without the GIL, and what an interrupt made of it.
template <typename Work>
auto run_interruptibly(const Work& work) {
  expect_not_forked();
  const InterruptWatch watch;
  try {
    auto result = [&] {
      const nb::gil_scoped_release unlocked;
      return work();
    }();
    InterruptWatch::raise_if_pressed();
    return result;
  } catch (const Error&) {
    InterruptWatch::raise_if_pressed();
    throw;
  }
}

}  // namespace c3d::python
