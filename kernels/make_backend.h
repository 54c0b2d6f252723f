// The one place that knows which backends were built.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/core/backend.h"

namespace c3d {

struct BackendSpec {
  std::string device = "auto";  // auto | cpu | reference | cuda[:N]
  Precision precision = Precision::f32;
  int threads = 0;  // of the CPU backends; 0: one per core this process may use
  // CPU: amx, avx512, avx2, neon or portable holds its kernels to one instruction set; empty: the best there
  // is.
  std::string instruction_set = {};
  bool direct_convolution = false;  // CPU: no Winograd
  bool bf16_products = false;       // CPU, bf16, for inference: see kernels/cpu/cpu_backend.h
  bool inference = false;           // CPU: filters do not change
  // How the kernels of convolutions are chosen. `fixed`: by a model of the work (CPU) or cuDNN's heuristics
  // (CUDA); empty: measured on the CPU, fixed on CUDA; anything else: measured. Tools read here the file that
  // keeps what was measured, too (c3d/common/plan_file.h).
  std::string plan = "fixed";
  std::size_t max_packed_bytes = 0;  // CPU: of transformed filters kept at a time; 0: no bound
  bool deterministic = true;         // CUDA: only plans that give the same bits on every run
  bool graphs = true;                // CUDA: record repeated steps once and launch them as a whole
};

// Error: no device is called so, on any machine.
void check_device_name(const std::string& device);

// Error with one clear line when the device is not there, was not built, or does not have the precision.
// `auto` takes the GPU if there is one, else the CPU; `why` then says which and why in one line.
std::unique_ptr<Backend> make_backend(const BackendSpec& spec, std::string* why = nullptr);

// That can be used here.
int gpu_count();

// The number of the GPU that a backend computes on which was made so; nullopt: on none.
std::optional<int> gpu_of(const BackendSpec& spec, const Backend& backend);

}  // namespace c3d
