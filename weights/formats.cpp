#include "weights/formats.h"

#include <array>
#include <cstring>

#include "engine/io/safetensors.h"
#include "weights/caffe.h"
#include "weights/npz_file.h"
#include "weights/onnx.h"
#include "weights/torch_file.h"

namespace c3d {
namespace {

// u64 header length, then JSON.
bool is_safetensors(std::span<const std::byte> head) {
  constexpr std::uint64_t kLengthBytes = 8, kMaxHeaderBytes = 100'000'000;
  std::uint64_t header_bytes = 0;
  if (head.size() <= kLengthBytes || head[kLengthBytes] != std::byte{'{'}) return false;
  std::memcpy(&header_bytes, head.data(), kLengthBytes);
  return header_bytes <= kMaxHeaderBytes;
}

void write_safetensors_of(const std::filesystem::path& path, const NamedTensors& tensors,
                          const C3dConfig& /*network*/) {
  write_safetensors(path, tensors);
}

void write_torch_file_of(const std::filesystem::path& path, const NamedTensors& tensors,
                         const C3dConfig& /*network*/) {
  write_torch_file(path, tensors);
}

// Chainer's comes before PyTorch's, which is a zip file, too. Caffe's comes last: protobuf has no magic
// number.
constexpr std::array kReaders{WeightsReader{"safetensors", is_safetensors, read_safetensors},
                              WeightsReader{"chainer", looks_like_npz, read_chainer_file},
                              WeightsReader{"pytorch", is_torch_file, read_torch_file},
                              WeightsReader{"caffemodel", looks_like_caffemodel, read_caffemodel}};
constexpr std::array kWriters{WeightsWriter{".safetensors", write_safetensors_of},
                              WeightsWriter{".pth", write_torch_file_of},
                              WeightsWriter{".pt", write_torch_file_of}, WeightsWriter{".onnx", write_onnx}};

}  // namespace

std::span<const WeightsReader> weights_readers() { return kReaders; }
std::span<const WeightsWriter> weights_writers() { return kWriters; }

}  // namespace c3d
