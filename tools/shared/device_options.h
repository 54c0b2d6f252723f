// The options that say where and how exactly to compute, alike in every tool.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "c3d/common/plan_file.h"
#include "engine/core/usable_threads.h"
#include "kernels/make_backend.h"
#include "tools/shared/named_values.h"
#include "tools/shared/option_checks.h"

namespace c3d {

// The option that names a device, and that of the CPU's threads: `device` and `threads` must live until the options are parsed.
inline CLI::Option* add_device_option(CLI::App& app, std::string& device) {
  return app
      .add_option(
          "--device", device,
          "where to compute: auto (a GPU if there is one, else the CPU), cpu, reference (plain loops, "
          "slow), cuda or cuda:N")
      ->capture_default_str()
      ->check(checked_by(check_device_name))
      ->type_name("auto|cpu|reference|cuda[:N]");
}
template <typename Count>
CLI::Option* add_threads_option(CLI::App& app, Count& threads) {
  return app
      .add_option("--threads", threads,
                  "threads of the CPU; 0: as OMP_NUM_THREADS says, else one per core this process may use")
      ->capture_default_str()
      ->check(whole_number_within(0, kMostThreads));
}

// Adds --device, --precision, --threads, --isa, --convolution, --plan, --memory and --no-graphs; `spec` must
// live until the options are parsed. keep_plan() of plan_file.h does what --plan says.
inline void add_device_options(CLI::App& app, BackendSpec& spec) {
  add_device_option(app, spec.device)->group("Device");
  app.add_option(
         "--precision", spec.precision,
         "arithmetic: f32; bf16 (bf16 values, f32 sums; needs a processor or GPU that has it); fp8 (8-bit "
         "values, f32 sums; inference alone, of weights that c3d_weights calibrate has calibrated); tf32 "
         "(GPUs only) "
         "[f32]")
      ->transform(value_of<Precision>({{"f32", Precision::f32},
                                       {"tf32", Precision::tf32},
                                       {"bf16", Precision::bf16},
                                       {"fp8", Precision::fp8}}))
      ->type_name("f32|tf32|bf16|fp8")
      ->group("Device");
  add_threads_option(app, spec.threads)->group("Device");
  app.add_option(
         "--isa", spec.instruction_set,
         "CPU only: hold its kernels to one instruction set: amx, avx512, avx2, neon or portable [the best "
         "there is]")
      ->check(one_of({"amx", "avx512", "avx2", "neon", "portable"}))
      ->group("Device");
  app.add_option("--convolution", spec.direct_convolution,
                 "CPU only: winograd (fewer products, 1e-6 more rounding) or direct [winograd]")
      ->transform(value_of<bool>({{"winograd", false}, {"direct", true}}))
      ->type_name("winograd|direct")
      ->group("Device");
  spec.plan = {};  // the device's own
  app.add_option(
         "--plan", spec.plan,
         "which kernel each convolution gets: measured (when its shape first comes; kept in ~/.cache/c3d), "
         "fixed (by a model of the work; on GPUs cuDNN's heuristics), or a FILE that pins what was measured: "
         "read if it exists, what it lacks is measured and added [measured on CPUs, fixed on GPUs]")
      ->check(checked_by(check_plan_name))
      ->type_name("measured|fixed|FILE")
      ->group("Device");
  app.add_option_function<std::int64_t>(
         "--memory",
         [&spec](std::int64_t megabytes) {
           spec.max_packed_bytes = static_cast<std::size_t>(megabytes) * 1'000'000;
         },
         "CPU only: keep at most so many MB of transformed filters, by smaller tiles; 0: as many as are fast "
         "[0]")
      ->check(whole_number_within(0, 100'000'000))
      ->type_name("MB")
      ->group("Device");
  app.add_flag("!--no-graphs", spec.graphs,
               "GPUs only: launch every op by itself instead of recorded steps as a whole")
      ->group("Device");
}

}  // namespace c3d
