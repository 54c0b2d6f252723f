// Convolution, forward and backward data, over AMX's tiles: clips are copied, or transformed, to their
// halo-padded layout some at a time, then threads take blocks of output positions and of output channels;
// those of the same channels follow each other, so that their filters stay in the second cache.
#pragma once

#include <omp.h>

#include "kernels/cpu/convolution/amx/output.h"
#include "kernels/cpu/convolution/amx/padded_input.h"
#include "kernels/cpu/memory/work_shares.h"

namespace c3d::cpu {

// Input: PaddedInput or DepthInput, each with its work items (work_items.h).
template <typename V, typename Input>
class AmxConvolution {
  static constexpr std::int64_t kOut = 32;
  static constexpr std::int64_t kCacheBytes = std::int64_t{1280} << 10;  // of filters and inputs
  static constexpr std::int64_t kGroupBytes = std::int64_t{16} << 20;    // of padded input at once

 public:
  static std::int64_t scratch_bytes(int threads, const ConvolutionJob& job, const Blocking& /*blocking*/) {
    return Plan(threads, job).scratch_bytes(threads);
  }

  // scratch: aligned to 64 bytes, scratch_bytes() of it.
  static void run(int threads, const ConvolutionJob& job, const Blocking& /*blocking*/, std::byte* scratch) {
    const Plan plan(threads, job);
    const HaloLayout<V> halo(Input::halo_job(job), plan.group);
    const Input input(job, halo);
    WorkShares<V> shares;
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num();
      typename WorkShares<V>::StealingRange work(shares, thread, omp_get_num_threads());
      std::byte* own = scratch + plan.input_bytes + thread * plan.thread_bytes;
      V::configure(input.pairs());
      for (std::int64_t clip = 0; clip < job.clips; clip += plan.group) {
        const std::int64_t clips = std::min(plan.group, job.clips - clip);
        work.run(input.items(), [&](std::int64_t item) {
          input.fill(clip, clips, item, item + 1, reinterpret_cast<BFloat16*>(scratch));
        });
#pragma omp barrier
        const std::int64_t phases = halo.d.out_phases * halo.h.out_phases * halo.w.out_phases;
        for (std::int64_t phase = 0; phase < phases; ++phase) {
          Phase(job, plan, halo, input, phase, clip, clips, own).run(scratch, work);
        }
#pragma omp barrier
      }
      V::release();
    }
  }

 private:
  struct Plan {
    std::int64_t group;         // clips at once
    std::int64_t items, rows;   // of a block
    std::int64_t run;           // positions of a block's plane
    std::int64_t filter_bytes;  // of 32 outputs
    std::int64_t out_blocks;    // of 32 outputs, that follow each other with the same positions
    std::int64_t input_bytes, steps_bytes, thread_bytes;

    Plan(int threads, const ConvolutionJob& job) {
      const HaloLayout<V> one(Input::halo_job(job), 1);
      const Input of_one(job, one);
      group = std::clamp<std::int64_t>(kGroupBytes / of_one.bytes(), 1, std::max<std::int64_t>(job.clips, 1));
      const HaloLayout<V> halo(Input::halo_job(job), group);
      const Input input(job, halo);
      input_bytes = input.bytes();
      // Enough blocks for all threads, each as large as allowed.
      const std::int64_t enough = std::int64_t{4} * threads;
      const std::int64_t all_blocks = ceil_div(job.out_channels, kOut), pitch = halo.w.pitch;
      // Sums: of a row of a work item's planes, of a work item, of all work items.
      const std::int64_t line = pitch * Input::accumulators_of_one(job), planes = halo.h.outputs * line;
      const std::int64_t all = group * Input::count(job, halo.d.outputs) * planes;
      const std::int64_t most = std::clamp<std::int64_t>(all * all_blocks / enough, 128, Input::kPositions);
      rows = fewest_runs(halo, job.window.h, std::max<std::int64_t>((most + most / 4) / line, job.window.h));
      items = rows < halo.h.outputs ? 1 : std::max<std::int64_t>(most / planes, 1);
      run = round_up((rows - 1) * pitch + halo.w.outputs, HaloLayout<V>::kRun);
      filter_bytes = input.filter_steps() * BatchReduceGemm<V>::kStepBytes;
      // As many as leave a core's cache room for the inputs, which then are fetched once for all of them.
      const std::int64_t tasks = ceil_div(all, items * rows * line);
      const std::int64_t block_bytes = input.bytes() / std::max<std::int64_t>(tasks, 1);
      out_blocks = std::clamp<std::int64_t>((kCacheBytes - block_bytes) / filter_bytes, 1,
                                            std::max<std::int64_t>(all_blocks * tasks / enough, 1));
      steps_bytes = round_up(input.max_steps() * std::int64_t{sizeof(ReduceStep)}, 64);
      thread_bytes = steps_bytes + items * Input::accumulators_of_one(job) * run * kOut * 4;
    }
    std::int64_t scratch_bytes(int threads) const { return input_bytes + threads * thread_bytes; }

   private:
    // How many rows of a plane, at most, to take at once, by `step`: runs are whole, so some compute in vain.
    static std::int64_t fewest_runs(const HaloLayout<V>& halo, std::int64_t step, std::int64_t most) {
      const std::int64_t all = halo.h.outputs;
      const auto runs = [&](std::int64_t count) {
        return count == 0 ? 0 : ceil_div((count - 1) * halo.w.pitch + halo.w.outputs, HaloLayout<V>::kRun);
      };
      std::int64_t best = step, fewest = -1;
      for (std::int64_t some = step; some <= std::min(most, round_up(all, step)); some += step) {
        const std::int64_t needed = all / some * runs(some) + runs(all % some);
        if (fewest < 0 || needed <= fewest) {
          best = some;
          fewest = needed;
        }
      }
      return best;
    }
  };

  // One phase of the output of some clips: all of it where there is no transposed stride.
  class Phase {
   public:
    Phase(const ConvolutionJob& job, const Plan& plan, const HaloLayout<V>& halo, const Input& input,
          std::int64_t phase, std::int64_t clip, std::int64_t clips, std::byte* own)
        : job_(job),
          plan_(plan),
          halo_(halo),
          input_(input),
          steps_(reinterpret_cast<ReduceStep*>(own)),
          accumulators_(reinterpret_cast<float*>(own + plan.steps_bytes)) {
      const Extent3 at{phase / (halo.h.out_phases * halo.w.out_phases),
                       phase / halo.w.out_phases % halo.h.out_phases, phase % halo.w.out_phases};
      const std::int64_t planes = halo.d.out_count(at.d);
      rows_ = halo.h.out_count(at.h);
      rows_ -= rows_ % job.window.h;
      place_ = {clip, Input::windows(job, planes), at, plan.run};
      items_per_clip_ = Input::count(job, planes);
      items_ = clips * items_per_clip_;
      count_ = input.make_steps(at, steps_);
    }

    template <typename Work>
    void run(const std::byte* input, Work& work) {
      const std::int64_t out_blocks = ceil_div(job_.out_channels, kOut), pieces = ceil_div(rows_, plan_.rows);
      const std::int64_t places = ceil_div(items_, plan_.items) * pieces;
      work.run(ceil_div(out_blocks, plan_.out_blocks) * places, [&](std::int64_t index) {
        const std::int64_t first = index / places * plan_.out_blocks,
                           item = index % places / pieces * plan_.items, row = index % pieces * plan_.rows;
        const OutputBlock block{item, std::min(plan_.items, items_ - item), row,
                                std::min(plan_.rows, rows_ - row)};
        for (std::int64_t i = first; i < std::min(first + plan_.out_blocks, out_blocks); ++i) {
          multiply(block, input, i);
          write(block, i);
        }
      });
    }

   private:
    void multiply(const OutputBlock& block, const std::byte* input, std::int64_t out_block) {
      const std::byte* filters = static_cast<const std::byte*>(job_.filters) + out_block * plan_.filter_bytes;
      const std::int64_t positions =
          round_up((block.rows - 1) * halo_.w.pitch + halo_.w.outputs, HaloLayout<V>::kRun);
      const std::int64_t planes = Input::accumulators_of_one(job_);
      for (std::int64_t first = 0; first == 0 || first < count_; first += Input::kSteps) {
        const std::int64_t count = std::min(Input::kSteps, count_ - first);
        for (std::int64_t i = 0; i < block.items * planes; ++i) {
          const std::int64_t item = block.item + i / planes;
          const ReduceSource source = input_.source(job_, item % items_per_clip_, i % planes);
          const std::int64_t plane = item / items_per_clip_ * halo_.d.pitch + source.plane;
          const std::byte* at =
              input + source.input + halo_.at(plane, block.row, 0) * input_.position_bytes();
          BatchReduceGemm<V>::run(steps_ + first, count, at, input_.position_bytes(), filters + source.filter,
                                  positions, accumulators_ + i * plan_.run * kOut, first > 0);
        }
      }
    }

    void write(const OutputBlock& block, std::int64_t out_block) {
      const std::int64_t positions = (block.rows - 1) * halo_.w.pitch + halo_.w.outputs;
      const std::int64_t plane = plan_.run * kOut, windows = Input::windows_of_one(job_);
      float* accumulators = accumulators_;
      for (std::int64_t i = 0; i < block.items;
           ++i, accumulators += Input::accumulators_of_one(job_) * plane) {
        Input::to_outputs(accumulators, plane, positions * kOut);
        const std::int64_t clip = (block.item + i) / items_per_clip_,
                           first = (block.item + i) % items_per_clip_ * windows;
        const OutputBlock item{clip * place_.items_per_clip + first,
                               std::min(windows, place_.items_per_clip - first), block.row, block.rows};
        AccumulatorsToOutput<V>::run(job_, halo_, place_, item, out_block, accumulators);
      }
    }

    const ConvolutionJob& job_;
    const Plan& plan_;
    const HaloLayout<V>& halo_;
    const Input& input_;
    ReduceStep* steps_;
    float* accumulators_;
    std::int64_t count_ = 0, rows_, items_per_clip_, items_;
    typename AccumulatorsToOutput<V>::Place place_;
  };
};

}  // namespace c3d::cpu
