// Whether machine code of this build fits a GPU. Code for compute capability M.m runs on M.n with n >= m alone
// (CUDA C++ Programming Guide, "Binary Compatibility"). A newer GPU could compile the build's PTX by itself, but
// takes tens of seconds for it and gets kernels that nobody tuned for it: it is refused by name. Pure.
#pragma once

#include <string>
#include <string_view>

namespace c3d::cuda {

struct Capability {
  int major = 0, minor = 0;
};

// architectures: the build's list in CMake's words, "90" or "80,90a-real". Empty where one of them fits, or where the
// list is a word for which no number stands (native, all, all-major). Otherwise one sentence that names the GPU, both
// sides and the build option.
std::string capability_obstacle(std::string_view gpu, Capability capability, std::string_view architectures);

// Whether tensor cores of this capability multiply e4m3.
constexpr bool multiplies_e4m3(Capability capability) {
  return capability.major > 8 || (capability.major == 8 && capability.minor >= 9);
}

}  // namespace c3d::cuda
