#include "engine/io/whole_file.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/core/usable_memory.h"
#include "engine/io/file.h"

namespace c3d {
namespace {

constexpr double kMegabyte = 1e6;

// Opened without waiting: a FIFO must not block.
File opened(const std::filesystem::path& path) {
  File file(path, O_RDONLY | O_NONBLOCK);
  expect(file.is_regular(), "not a regular file");
  expect(file.size() > 0, "there is nothing in it: it is empty");
  return file;
}

}  // namespace

WholeFile::WholeFile(const std::filesystem::path& path) {
  const File file = opened(path);
  const std::uint64_t bytes = file.size();
  const double megabytes = static_cast<double>(bytes) / kMegabyte, memory = usable_memory_bytes() / kMegabyte;
  expect(megabytes <= memory, "it has {:.0f} MB, and this process may take {:.0f} MB of memory", megabytes,
         memory);
  // Large pages, where the system gives them, spare the time of taking 4 KiB at a time.
  void* const address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  expect(address != MAP_FAILED, "there is no memory for its {:.0f} MB", megabytes);
  data_ = static_cast<std::byte*>(address);
  size_ = bytes;
  ::madvise(address, bytes, MADV_HUGEPAGE);
  try {
    expect(file.read_at(0, {data_, size_}), "it was cut while it was read");
  } catch (const Error&) {
    ::munmap(data_, size_);
    throw;
  }
}

WholeFile::~WholeFile() { ::munmap(data_, size_); }

std::vector<std::byte> file_head(const std::filesystem::path& path, std::size_t most) {
  const File file = opened(path);
  std::vector<std::byte> head(std::min<std::uint64_t>(most, file.size()));
  expect(file.read_at(0, head), "it was cut while it was read");
  return head;
}

}  // namespace c3d
