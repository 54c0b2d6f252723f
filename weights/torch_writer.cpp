#include <bit>

#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/json.h"
#include "weights/torch_file.h"
#include "weights/torch_magic.h"
#include "weights/zip_writer.h"

namespace c3d {
namespace {

// Opcodes of protocol 2, in the order torch.save has them, without its memo.
class PickleWriter {
 public:
  PickleWriter() { opcodes("\x80\x02"); }

  void opcodes(std::string_view bytes) { bytes_ += bytes; }
  void global(std::string_view module, std::string_view name) {
    bytes_.append("c").append(module).append("\n").append(name).append("\n");
  }
  void text(std::string_view text) {
    bytes_ += 'X';
    const auto size = static_cast<std::uint32_t>(text.size());
    for (int shift = 0; shift < 32; shift += 8) bytes_ += static_cast<char>((size >> shift) & 0xff);
    bytes_ += text;
  }
  void number(std::int64_t value) {
    bytes_ += "\x8a\x08";  // LONG1 of 8 bytes
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>((value >> shift) & 0xff);
  }
  void numbers(std::span<const std::int64_t> values) {
    bytes_ += '(';
    for (const std::int64_t value : values) number(value);
    bytes_ += 't';
  }
  void empty_ordered_dict() {
    global("collections", "OrderedDict");
    opcodes(")R");
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// _rebuild_tensor_v2(storage, 0, shape, strides, requires_grad=False, backward_hooks)
void put_tensor(PickleWriter& pickle, const NamedTensor& tensor, std::size_t key) {
  const Shape& shape = tensor.values.shape();
  std::vector<std::int64_t> strides(static_cast<std::size_t>(shape.rank()), 1);
  for (std::size_t axis = strides.size(); axis > 1; --axis) {
    strides[axis - 2] = strides[axis - 1] * shape[static_cast<int>(axis) - 1];
  }
  pickle.text(tensor.name);
  pickle.global("torch._utils", "_rebuild_tensor_v2");
  pickle.opcodes("((");
  pickle.text("storage");
  pickle.global("torch", "FloatStorage");
  pickle.text(std::to_string(key));
  pickle.text("cpu");
  pickle.number(shape.count());
  pickle.opcodes("tQ");
  pickle.number(0);
  pickle.numbers(shape.extents());
  pickle.numbers(strides);
  pickle.opcodes("\x89");
  pickle.empty_ordered_dict();
  pickle.opcodes("tR");
}

std::string state_dict_pickle(const NamedTensors& tensors) {
  PickleWriter pickle;
  pickle.empty_ordered_dict();
  pickle.opcodes("(");
  for (std::size_t i = 0; i < tensors.all().size(); ++i) put_tensor(pickle, tensors.all()[i], i);
  pickle.opcodes("u.");
  return pickle.bytes();
}

void check(const NamedTensors& tensors) {
  for (const NamedTensor& tensor : tensors.all()) {
    expect(tensor.values.type() == DType::f32 && tensor.values.memory_kind() != MemoryKind::device,
           "tensor '{}' holds {}; a .pth is written of f32 in host memory", tensor.name,
           to_string(tensor.values.type()));
  }
}

}  // namespace

void write_torch_file(const std::filesystem::path& path, const NamedTensors& tensors) {
  check(tensors);
  const std::string root = path.stem().string() + "/";
  AtomicFile file(path);
  ZipWriter zip(file);
  zip.add(root + "data.pkl", state_dict_pickle(tensors));
  zip.add(root + "byteorder", "little");
  for (std::size_t i = 0; i < tensors.all().size(); ++i) {
    const ConstTensor& values = tensors.all()[i].values;
    zip.add(root + "data/" + std::to_string(i), std::span(values.data(), values.bytes()));
  }
  if (!tensors.metadata().empty()) {
    const nlohmann::json metadata = tensors.metadata();
    zip.add(root + kTorchMetadataEntry, dump_json(metadata, 1));
  }
  zip.add(root + "version", "3\n");  // last, as PyTorch has it
  zip.finish();
  file.commit();
}

}  // namespace c3d
