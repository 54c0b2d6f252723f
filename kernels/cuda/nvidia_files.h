// Where libraries of NVIDIA's are looked for when a GPU is first wanted, and what installs them. They are opened by then, not
// linked: they are half a gigabyte each, whose addresses the loader would else write at the start of every program, and
// a program without them starts everywhere and can say what it lacks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace c3d::cuda {

// Files of the library `name` ("libcudnn.so.9"), as SharedLibrary takes them. First, where this library lies in a Python
// package, those of NVIDIA's wheels beside it, in one of `wheels` ("cudnn": nvidia/cudnn/lib); then what the
// loader finds; then `built_with`, its place when this was built.
std::vector<std::string> nvidia_files(const std::string& name, const std::vector<std::string>& wheels,
                                      const std::string& built_with);

// "pip install nvidia-cudnn-cu13 nvidia-cublas"
std::string pip_command();

}  // namespace c3d::cuda
