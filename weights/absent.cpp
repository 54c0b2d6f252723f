// Compiled in place of everything that needs a library of its own when the build goes without these formats.
#include "engine/core/error.h"
#include "weights/caffe.h"
#include "weights/npz_file.h"
#include "weights/onnx.h"
#include "weights/torch_file.h"

namespace c3d {
namespace {

[[noreturn]] void refuse(const std::string& file) {
  fail(
      "{}: this build knows no files of PyTorch, Caffe, Chainer and ONNX; configure it with "
      "-DC3D_WITH_WEIGHTS=ON",
      file);
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

NamedTensors read_chainer_file(const std::filesystem::path& path) { refuse(path.string()); }

bool looks_like_caffemodel(std::span<const std::byte> /*head*/) { return false; }
NamedTensors read_caffemodel(const std::filesystem::path& path) { refuse(path.string()); }
NamedTensor read_mean(const std::filesystem::path& path) { refuse(path.string()); }
void write_onnx(const std::filesystem::path& path, const NamedTensors& /*tensors*/,
                const C3dConfig& /*config*/) {
  refuse(path.string());
}

}  // namespace c3d
