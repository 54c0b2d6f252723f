// Compiled in place of the folder when the CPU backend is switched off.
#include "kernels/cpu/cpu_backend.h"

namespace c3d {

std::string cpu_backend_obstacle(const CpuOptions& /*options*/) {
  return "this build has no CPU backend: configure with -DC3D_WITH_CPU=ON, or use --device reference";
}

std::unique_ptr<Backend> make_cpu_backend(const CpuOptions& options) {
  fail("{}", cpu_backend_obstacle(options));
}

}  // namespace c3d
