// The options that say where and how exactly to compute, alike in every tool.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "kernels/make_backend.h"

namespace c3d {

// Adds --device, --precision, --threads, --isa, --convolution, --autotune and --no-graphs; `spec` must live
// until the options are parsed.
inline void add_device_options(CLI::App& app, BackendSpec& spec) {
  app.add_option(
         "--device", spec.device,
         "where to compute: auto (a GPU if there is one, else the CPU), cpu, reference (plain loops, slow), "
         "cuda or cuda:N")
      ->capture_default_str()
      ->group("Device");
  const std::map<std::string, Precision> names{
      {"f32", Precision::f32}, {"tf32", Precision::tf32}, {"bf16", Precision::bf16}};
  app.add_option("--precision", spec.precision,
                 "arithmetic: f32; bf16 (bf16 values, f32 sums; needs a processor or GPU that has it); tf32 "
                 "(GPUs only) "
                 "[f32]")
      ->transform(CLI::CheckedTransformer(names).description("f32|tf32|bf16"))
      ->group("Device");
  app.add_option("--threads", spec.threads, "threads of the CPU; 0: one per core this process may use")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber)
      ->group("Device");
  app.add_option("--isa", spec.instruction_set,
                 "CPU only: hold its kernels to one instruction set: amx, avx512, avx2 or portable [the best "
                 "there is]")
      ->check(CLI::IsMember({"amx", "avx512", "avx2", "portable"}))
      ->group("Device");
  const std::map<std::string, bool> methods{{"winograd", false}, {"direct", true}};
  app.add_option("--convolution", spec.direct_convolution,
                 "CPU only: winograd (fewer products, 1e-6 more rounding) or direct [winograd]")
      ->transform(CLI::CheckedTransformer(methods).description("winograd|direct"))
      ->group("Device");
  app.add_flag("--autotune", spec.autotune,
               "GPUs only: time each convolution's plans when it first comes and keep the fastest, in "
               "~/.cache/c3d")
      ->group("Device");
  app.add_flag("!--no-graphs", spec.graphs,
               "GPUs only: launch every op by itself instead of recorded steps as a whole")
      ->group("Device");
}

}  // namespace c3d
