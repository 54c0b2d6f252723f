// What the parts of the extension share. The C++ sides of Python's classes: thin, over the public headers
// alone; docstrings, defaults and results stand in python/c3d.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "c3d/error.h"

namespace c3d::python {

namespace nb = nanobind;

void bind_errors(nb::module_& m);
void bind_options(nb::module_& m);
void bind_model(nb::module_& m);
void bind_stream(nb::module_& m);
void bind_video(nb::module_& m);
void bind_clips(nb::module_& m);
void bind_runs(nb::module_& m);
void bind_weights(nb::module_& m);

// An array of numpy's that owns the values.
template <typename Value>
nb::object array_of(std::vector<Value> values, const std::vector<std::int64_t>& shape) {
  auto owned = std::make_unique<std::vector<Value>>(std::move(values));
  std::vector<std::size_t> extents(shape.begin(), shape.end());
  Value* const data = owned->data();
  const nb::capsule owner(owned.release(),
                          [](void* held) noexcept { delete static_cast<std::vector<Value>*>(held); });
  return nb::cast(nb::ndarray<nb::numpy, Value>(data, extents.size(), extents.data(), owner),
                  nb::rv_policy::reference);
}

// A process that was forked has the memory of threads that it does not have: OpenMP's, readers'. Error: this
// process computed before it was forked, or something in it did.
void expect_not_forked();

// Owns what has threads. Where the process was forked since, its end would wait for threads that are not
// there, and it is left to the process's own end.
template <typename Value>
class OfOneProcess {
 public:
  template <typename... Args>
  explicit OfOneProcess(std::in_place_t /*tag*/, Args&&... args)
      : process_(::getpid()), value_(std::make_unique<Value>(std::forward<Args>(args)...)) {}
  ~OfOneProcess() {
    if (::getpid() != process_) static_cast<void>(value_.release());
  }
  OfOneProcess(const OfOneProcess&) = delete;
  OfOneProcess& operator=(const OfOneProcess&) = delete;

  Value& operator*() const {
    if (::getpid() != process_) {
      throw Error(
          "this process was forked after this was made, and has none of its threads: make it in the new "
          "process, or start processes by multiprocessing's method `spawn`");
    }
    return *value_;
  }
  Value* operator->() const { return &**this; }

 private:
  pid_t process_;
  std::unique_ptr<Value> value_;
};

}  // namespace c3d::python
