// Convolution, forward and backward data, of few input channels and stride 1 over AMX's tiles: a thread lays
// out some rows of a part of a clip in its core's second cache, and multiplies them there. Memory sees inputs
// and outputs as they are, once.
#pragma once

#include <omp.h>

#include "kernels/cpu/convolution/amx/output.h"
#include "kernels/cpu/convolution/amx/padded_input.h"
#include "kernels/cpu/memory/work_shares.h"

namespace c3d::cpu {

// Input: PaddedInput or PairedInput.
template <typename V, typename Input>
class AmxLocalConvolution {
  static constexpr std::int64_t kPositions = 1024;                      // of sums at once, about
  static constexpr std::int64_t kInputBytes = std::int64_t{640} << 10;  // of a part

 public:
  static std::int64_t scratch_bytes(int threads, const ConvolutionJob& job, const Blocking& /*blocking*/) {
    return threads * Plan(threads, job).thread_bytes();
  }

  // scratch: aligned to 64 bytes, scratch_bytes() of it.
  static void run(int threads, const ConvolutionJob& job, const Blocking& /*blocking*/, std::byte* scratch) {
    const Plan plan(threads, job);
    WorkShares<V> shares;
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num();
      typename WorkShares<V>::StealingRange work(shares, thread, omp_get_num_threads());
      const Part part(job, plan, scratch + thread * plan.thread_bytes());
      V::configure(part.pairs());
      work.run(plan.items(), [&](std::int64_t item) { part.convolve(item); });
      V::release();
    }
  }

 private:
  // A part of a clip as a job of its own, with the halo that its outputs see and no padding but beside rows.
  static ConvolutionJob part_job(const ConvolutionJob& job, std::int64_t planes, std::int64_t rows) {
    ConvolutionJob part = job;
    const auto cut = [&](std::int64_t Extent3::*axis, std::int64_t outputs) {
      part.out.*axis = outputs;
      part.in.*axis = outputs + job.kernel.*axis - 1;
      part.pad.*axis = job.transposed ? job.kernel.*axis - 1 : 0;
    };
    cut(&Extent3::d, planes);
    cut(&Extent3::h, rows);
    return part;
  }

  struct Plan {
    std::int64_t clips, outs;
    std::int64_t all_rows, rows, pieces;  // of outputs: of a plane, of a part
    std::int64_t windows, cuts;           // of the pooling along depth; of a clip
    std::int64_t planes;                  // of a part, at most
    std::int64_t run;                     // positions of a plane's sums
    std::int64_t input_bytes, steps_bytes, sum_bytes;

    Plan(int threads, const ConvolutionJob& job)
        : clips(job.clips),
          outs(job.out_channels <= NarrowReduceGemm<V>::kOut ? NarrowReduceGemm<V>::kOut
                                                             : BatchReduceGemm<V>::kOut),
          all_rows(job.out.h / job.window.h * job.window.h),
          windows(job.out.d / job.window.d) {
      const auto at_least_one = [](std::int64_t count) { return std::max<std::int64_t>(count, 1); };
      const std::int64_t pitch = HaloLayout<V>(Input::halo_job(part_job(job, 1, 1)), 1).w.pitch;
      rows = round_up(ceil_div(at_least_one(all_rows),
                               at_least_one(ceil_div(all_rows * pitch * job.window.d, kPositions))),
                      job.window.h);
      pieces = ceil_div(all_rows, rows);
      // Few cuts, so that few planes are laid out for two parts; enough for all threads.
      const std::int64_t enough = ceil_div(std::int64_t{4} * threads, at_least_one(clips * pieces));
      for (cuts = std::clamp<std::int64_t>(enough, 1, at_least_one(windows));; ++cuts) {
        planes = ceil_div(at_least_one(windows), cuts) * job.window.d;
        measure(job);
        if (input_bytes <= kInputBytes || cuts >= windows) break;
      }
    }
    std::int64_t items() const { return clips * pieces * cuts; }
    std::int64_t thread_bytes() const { return input_bytes + steps_bytes + sum_bytes; }

   private:
    void measure(const ConvolutionJob& job) {
      const HaloLayout<V> halo(Input::halo_job(part_job(job, planes, rows)), 1);
      const Input input(job, halo);
      run = round_up((rows - 1) * halo.w.pitch + halo.w.outputs, HaloLayout<V>::kRun);
      input_bytes = input.bytes();
      steps_bytes = round_up(input.max_steps() * std::int64_t{sizeof(ReduceStep)}, 64);
      sum_bytes = job.window.d * run * outs * 4;
    }
  };

  // One thread's.
  class Part {
   public:
    Part(const ConvolutionJob& job, const Plan& plan, std::byte* own)
        : job_(job),
          plan_(plan),
          halo_(Input::halo_job(part_job(job, plan.planes, plan.rows)), 1),
          input_(job, halo_),
          own_(own),
          steps_(reinterpret_cast<ReduceStep*>(own + plan.input_bytes)),
          sums_(reinterpret_cast<float*>(own + plan.input_bytes + plan.steps_bytes)),
          count_(input_.make_steps({0, 0, 0}, steps_)) {}
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;

    std::int64_t pairs() const { return input_.pairs(); }

    void convolve(std::int64_t item) const {
      const std::int64_t cut = item % plan_.cuts, piece = item / plan_.cuts % plan_.pieces,
                         clip = item / plan_.cuts / plan_.pieces;
      const std::int64_t first = plan_.windows * cut / plan_.cuts,
                         last = plan_.windows * (cut + 1) / plan_.cuts;
      const std::int64_t row = piece * plan_.rows, rows = std::min(plan_.rows, plan_.all_rows - row);
      input_.fill_part(clip, first * job_.window.d - before(&Extent3::d), row - before(&Extent3::h),
                       reinterpret_cast<BFloat16*>(own_));
      for (std::int64_t window = first; window < last; ++window) {
        for (std::int64_t block = 0; block * plan_.outs < job_.out_channels; ++block) {
          for (std::int64_t plane = 0; plane < job_.window.d; ++plane) {
            multiply((window - first) * job_.window.d + plane, rows, block,
                     sums_ + plane * plan_.run * plan_.outs);
          }
          const OutputBlock output{clip * plan_.windows + window, 1, row, rows};
          AccumulatorsToOutput<V>::run(job_, halo_, {0, plan_.windows, {0, 0, 0}, plan_.run, plan_.outs},
                                       output, block, sums_);
        }
      }
    }

   private:
    // Zeros, or inputs, before the outputs' own places.
    std::int64_t before(std::int64_t Extent3::*axis) const {
      return job_.transposed ? job_.kernel.*axis - 1 - job_.pad.*axis : job_.pad.*axis;
    }
    void multiply(std::int64_t plane, std::int64_t rows, std::int64_t block, float* sums) const {
      const std::int64_t positions =
          round_up((rows - 1) * halo_.w.pitch + halo_.w.outputs, HaloLayout<V>::kRun);
      const std::int64_t bytes = input_.position_bytes();
      const auto* filters = static_cast<const std::byte*>(job_.filters) +
                            block * input_.filter_steps() * BatchReduceGemm<V>::kStepBytes;
      const std::byte* input = own_ + halo_.at(plane, 0, 0) * bytes;
      if (plan_.outs == NarrowReduceGemm<V>::kOut) {
        NarrowReduceGemm<V>::run(steps_, count_, input, bytes, filters, positions, sums);
      } else {
        BatchReduceGemm<V>::run(steps_, count_, input, bytes, filters, positions, sums, false);
      }
    }

    const ConvolutionJob& job_;
    const Plan& plan_;
    HaloLayout<V> halo_;
    Input input_;
    std::byte* own_;
    ReduceStep* steps_;
    float* sums_;
    std::int64_t count_;
  };
};

}  // namespace c3d::cpu
