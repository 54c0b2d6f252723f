// Compiled in place of everything that needs a library of its own when the build goes without these formats.
#include "engine/core/error.h"
#include "weights/torch_file.h"

namespace c3d {
namespace {

[[noreturn]] void refuse(const std::string& file) {
  fail("{}: this build reads and writes no PyTorch files; configure it with -DC3D_WITH_WEIGHTS=ON", file);
}

}  // namespace

NamedTensors read_torch_file(const std::filesystem::path& path) { refuse(path.string()); }
NamedTensors read_torch_bytes(std::span<const std::byte> /*file*/,
                              const std::shared_ptr<const void>& /*owner*/) {
  refuse("a file in memory");
}
void write_torch_file(const std::filesystem::path& path, const NamedTensors& /*tensors*/) {
  refuse(path.string());
}

}  // namespace c3d
