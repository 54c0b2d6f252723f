// The zip file that torch.save has written since PyTorch 1.6. Looks into bytes that it does not own and that
// must outlive it; one thread at a time. Layout: ROOT/data.pkl, ROOT/byteorder,
// ROOT/data/KEY (a storage's bytes), by torch.serialization and caffe2/serialize.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "weights/zip_archive.h"

namespace c3d {

class TorchArchive {
 public:
  // Checks what ZipArchive checks, and the byte order.
  explicit TorchArchive(std::span<const std::byte> file);

  using Content = ZipArchive::Content;
  // `name` below ROOT.
  Content read(const std::string& name, std::uint64_t most) const;
  bool has(const std::string& name) const { return zip_.has(root_ + name); }
  std::uint64_t size(const std::string& name) const;  // an Error if it is not there

 private:
  ZipArchive zip_;
  std::string root_;

  void find_root();
  void check_byte_order() const;
};

}  // namespace c3d
