// The zip file that torch.save has written since PyTorch 1.6, read through libzip. Looks into bytes that it
// does not own and that must outlive it; one thread at a time. Layout: ROOT/data.pkl, ROOT/byteorder,
// ROOT/data/KEY (a storage's bytes), by torch.serialization and caffe2/serialize.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace c3d {

class TorchArchive {
 public:
  // Checks the directory of entries: names, sizes against the file's (a zip bomb is refused), byte order.
  explicit TorchArchive(std::span<const std::byte> file);
  TorchArchive(const TorchArchive&) = delete;
  TorchArchive& operator=(const TorchArchive&) = delete;
  ~TorchArchive();

  struct Content {
    std::shared_ptr<const std::byte[]> bytes;
    std::size_t size = 0;
  };
  // `name` below ROOT; its size is checked to be at most `most` before memory is taken.
  Content read(const std::string& name, std::uint64_t most) const;
  bool has(const std::string& name) const { return sizes_.contains(root_ + name); }
  std::uint64_t size(const std::string& name) const;  // an Error if it is not there

 private:
  class Zip;
  std::unique_ptr<Zip> zip_;
  std::string root_;
  struct Entry {
    std::uint64_t index, bytes;
  };
  std::map<std::string, Entry> sizes_;

  void list(std::uint64_t file_bytes);
  void find_root();
  void check_byte_order() const;
};

}  // namespace c3d
