#include "weights/torch_archive.h"

#include <string_view>

#include "engine/core/error.h"
#include "weights/pickle.h"

namespace c3d {

constexpr std::string_view kPickle = "data.pkl";

TorchArchive::TorchArchive(std::span<const std::byte> file) : zip_(file) {
  find_root();
  check_byte_order();
}

void TorchArchive::find_root() {
  const std::string* found = nullptr;
  for (const auto& [name, entry] : zip_.entries()) {
    const std::size_t slash = name.rfind('/');
    const std::size_t start = slash == std::string::npos ? 0 : slash + 1;
    if (std::string_view(name).substr(start) != kPickle) continue;
    expect(found == nullptr, "its zip has two {}; one is {}", kPickle, excerpt(name));
    found = &name;
  }
  expect(found != nullptr, "it is a zip file, but holds no {}: torch.save did not write it", kPickle);
  root_ = found->substr(0, found->size() - kPickle.size());
  expect(!has("constants.pkl"), "it is a TorchScript program; save its state_dict() with torch.save");
}

void TorchArchive::check_byte_order() const {
  if (!has("byteorder")) return;
  const Content order = read("byteorder", 16);
  const std::string_view text(reinterpret_cast<const char*>(order.bytes.get()), order.size);
  expect(text == "little", "its byte order is '{}'; save it on a little-endian machine", excerpt(text));
}

std::uint64_t TorchArchive::size(const std::string& name) const {
  expect(has(name), "its zip holds no '{}'", excerpt(name));
  return zip_.size(root_ + name);
}

TorchArchive::Content TorchArchive::read(const std::string& name, std::uint64_t most) const {
  size(name);
  return zip_.read(root_ + name, most);
}

}  // namespace c3d
