#include "engine/io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "engine/core/error.h"

namespace c3d {

MappedFile::MappedFile(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO must not block
  if (file < 0) fail("cannot open it: {}", std::generic_category().message(errno));
  struct stat status {};
  const bool regular = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  size_ = regular ? static_cast<std::size_t>(status.st_size) : 0;
  void* address = MAP_FAILED;
  if (size_ > 0) address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
  const int code = errno;
  ::close(file);
  expect(regular, "not a regular file");
  expect(size_ > 0, "there is nothing in it: it is empty");
  expect(address != MAP_FAILED, "cannot map it: {}", std::generic_category().message(code));
  data_ = static_cast<const std::byte*>(address);
}

MappedFile::~MappedFile() { ::munmap(const_cast<std::byte*>(data_), size_); }

}  // namespace c3d
