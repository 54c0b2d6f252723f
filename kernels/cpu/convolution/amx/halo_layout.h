// Positions: every number of a convolution's input, and every output, has a place on one line of positions on
// which a tap is a constant offset. Lines of the input keep the zeros that padding wants between them: those
// before a line are also those after the one above it, rows and planes likewise.
//
// With a stride s the input is split into s volumes along that axis (its phases: positions s i + r), on each
// of which taps are offsets again. Transposed, it is the output that is split.
#pragma once

#include <algorithm>

#include "kernels/cpu/convolution/problem/job.h"

namespace c3d::cpu {

// Along one axis.
template <typename V>
struct HaloAxis {
  std::int64_t in = 0, out = 0;  // extents of the convolution's own
  std::int64_t kernel = 0, stride = 1, pad = 0;
  bool transposed = false;
  std::int64_t outputs = 0;  // of a phase, at most
  std::int64_t before = 0;   // zeros before the data
  std::int64_t data = 0;     // elements of a phase, at most
  std::int64_t pitch = 0;    // from line to line
  std::int64_t in_phases = 1, out_phases = 1;

  HaloAxis(std::int64_t in_extent, std::int64_t out_extent, std::int64_t kernel_extent, std::int64_t step,
           std::int64_t padding, bool transposed_job)
      : in(in_extent),
        out(out_extent),
        kernel(kernel_extent),
        stride(step),
        pad(padding),
        transposed(transposed_job) {
    (transposed ? out_phases : in_phases) = stride;
    outputs = ceil_div(out, out_phases);
    const std::int64_t first = transposed ? pad - (kernel - 1) : -pad;
    const std::int64_t last = transposed ? stride - 1 + pad : kernel - 1 - pad;
    before = std::max<std::int64_t>(-floor_div(first, stride), 0);
    const std::int64_t reach = std::max<std::int64_t>(outputs + floor_div(last, stride), 0);
    data = std::min(ceil_div(in, in_phases), reach);
    pitch = std::max(data + std::max(before, reach - data), outputs);
  }

  struct Tap {
    bool exists;
    std::int64_t phase, offset;  // of the input, from an output's place
  };
  [[gnu::always_inline]] Tap tap(std::int64_t index, std::int64_t out_phase) const {
    const std::int64_t at = transposed ? out_phase + pad - index : index - pad;
    const std::int64_t whole = floor_div(at, stride), rest = at - whole * stride;
    return {!transposed || rest == 0, transposed ? 0 : rest, before + whole};
  }
  // Elements of an input phase.
  [[gnu::always_inline]] std::int64_t count(std::int64_t phase) const {
    return std::clamp<std::int64_t>(ceil_div(in - phase, in_phases), 0, data);
  }
  [[gnu::always_inline]] std::int64_t out_count(std::int64_t phase) const {
    return ceil_div(out - phase, out_phases);
  }

 private:
  [[gnu::always_inline]] static std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a >= 0 ? a / b : -ceil_div(-a, b);
  }
};

// The job of a halo-padded layout whose input has dealt with the taps of depth: so many planes of both, and
// no taps.
[[gnu::always_inline]] inline ConvolutionJob without_depth(const ConvolutionJob& job, std::int64_t planes) {
  ConvolutionJob flat = job;
  flat.in.d = flat.out.d = planes;
  flat.kernel.d = 1;
  flat.pad.d = 0;
  return flat;
}

template <typename V>
struct HaloLayout {
  static constexpr std::int64_t kRun = 32;  // outputs computed at once, some perhaps in vain
  std::int64_t clips;
  HaloAxis<V> d, h, w;

  HaloLayout(const ConvolutionJob& job, std::int64_t clips_at_once)
      : clips(clips_at_once),
        d(job.in.d, job.out.d, job.kernel.d, job.stride.d, job.pad.d, job.transposed),
        h(job.in.h, job.out.h, job.kernel.h, job.stride.h, job.pad.h, job.transposed),
        w(job.in.w, job.out.w, job.kernel.w, job.stride.w, job.pad.w, job.transposed) {}

  [[gnu::always_inline]] std::int64_t at(std::int64_t plane, std::int64_t row, std::int64_t column) const {
    return (plane * h.pitch + row) * w.pitch + column;
  }
  [[gnu::always_inline]] std::int64_t planes() const { return clips * d.pitch; }
  // Of one phase, with what follows the last plane and is read as its padding.
  [[gnu::always_inline]] std::int64_t positions() const {
    const std::int64_t last = at((clips - 1) * d.pitch + d.outputs - 1, h.outputs - 1, w.outputs - 1);
    const std::int64_t farthest = at(farthest_tap(d), farthest_tap(h), farthest_tap(w));
    return std::max(at(planes(), 0, 0), last + farthest + kRun + 1);
  }
  [[gnu::always_inline]] std::int64_t phases() const { return d.in_phases * h.in_phases * w.in_phases; }

 private:
  [[gnu::always_inline]] static std::int64_t farthest_tap(const HaloAxis<V>& axis) {
    return std::max(axis.tap(axis.kernel - 1, 0).offset, axis.tap(0, axis.out_phases - 1).offset);
  }
};

}  // namespace c3d::cpu
