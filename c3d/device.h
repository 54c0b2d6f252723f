// Where the network is computed, and from what the library was built.
//
// Nothing here keeps a device: every function may be called from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "c3d/export.h"

namespace c3d {

// Each has a default that suits most machines.
struct DeviceOptions {
  std::string device = "auto";    // auto (a GPU if there is one, else the CPU), cpu, reference, cuda, cuda:N
  std::string precision = "f32";  // f32, bf16 (needs a processor or GPU that has it), tf32 (GPUs only),
  // fp8 (inference alone, of weights that calibrate_weights() of c3d/weights.h has calibrated)
  int threads = 0;  // of the CPU, at most 1024; 0: OMP_NUM_THREADS, else one for each usable core
  std::string instruction_set = {};  // CPU: amx, avx512, avx2, neon, portable; empty: the best there is
  bool direct_convolution = false;   // CPU: no Winograd
  // Which kernel each convolution gets. measured: timed when its shape first comes, and kept in the user's
  // cache folder ($XDG_CACHE_HOME/c3d, ~/.cache/c3d). fixed: by a model of the work, on a GPU by cuDNN's
  // heuristics; nothing is kept. Else the path of a file that pins what was measured: read where it exists;
  // what it lacks is measured and added. Empty: measured on a CPU, fixed on a GPU.
  std::string plan = {};
  std::int64_t filter_megabytes = 0;  // CPU: bound of the transformed filters that are kept, in MB; 0: none
  bool graphs = true;                 // GPU: launch repeated steps as a whole
};

// A device that DeviceOptions::device can name.
struct DeviceDescription {
  std::string name;  // "cpu", "reference", "cuda:0"
  bool is_usable = false;
  std::string description;  // what it is, and how it computes; of one that is not usable why, in one line
};
// All kinds of devices, and every GPU. Looks for GPUs, which takes up to seconds.
C3D_API std::vector<DeviceDescription> devices();

struct ProcessorDescription {
  std::string name;                           // "AMD EPYC 9B14"
  int usable_threads = 0;                     // that this process may use
  std::vector<std::string> instruction_sets;  // of avx2, avx512, avx512_bf16, amx_bf16, neon
};
C3D_API ProcessorDescription processor();

struct LibraryVersion {
  std::string version;                // "0.1.0"
  std::string commit;                 // of the sources; "-dirty" behind it: they had changed
  std::vector<std::string> backends;  // that were built: reference, cpu, cuda
  std::string ffmpeg;                 // that runs; empty: built without it
  std::string cudnn;                  // that it was built with; empty: built without it
};
C3D_API LibraryVersion library_version();

}  // namespace c3d
