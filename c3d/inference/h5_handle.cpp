#include "c3d/inference/h5_handle.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <limits>
#include <system_error>

#include "c3d/inference/shards/file_seal.h"
#include "engine/io/file.h"

namespace c3d {
namespace {

constexpr std::uint64_t kStructureBytes = 64 << 10;  // of an HDF5 file, beside tables and what they say

// The first that is seen is the innermost.
herr_t take_first(unsigned number, const H5E_error2_t* error, void* text) {
  if (number == 0 && error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

herr_t add_name(hid_t /*root*/, const char* name, const H5L_info_t* /*info*/, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

// With locks where the file system has any.
H5Properties file_access() {
  H5Properties access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_file_locking(access.get(), true, true);
  return access;
}

// libhdf5 may crash where a write fails, so that none may: this process's limit, where the system does not end who goes beyond it.
std::uint64_t most_bytes_of_file() {
  constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();
  struct sigaction beyond {};
  rlimit limit{};
  if (::sigaction(SIGXFSZ, nullptr, &beyond) != 0 || beyond.sa_handler != SIG_IGN) return kNoLimit;
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kNoLimit;
  return limit.rlim_cur;
}

// Of the disk, for a file that has its name. Where a file system cannot hold room, it must have it now.
void hold_room(const std::filesystem::path& part, const std::filesystem::path& path, std::uint64_t bytes) {
  if (bytes > most_bytes_of_file()) fail_to_write(path, EFBIG);
  const File file(part, O_WRONLY);
  if (::fallocate(file.descriptor(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) == 0) return;
  if (errno != EOPNOTSUPP && errno != ENOSYS) fail_to_write(path, errno);
  std::error_code unknown;
  const std::filesystem::space_info space = std::filesystem::space(part, unknown);
  if (!unknown && space.available < bytes) fail_to_write(path, ENOSPC);
}

}  // namespace

void start_h5() {
  static const herr_t started = H5dont_atexit();
  static_cast<void>(started);
}

std::string h5_reason() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &text);
  return text.empty() ? "libhdf5 does not say why" : text;
}

void expect_h5_written(bool done, const std::filesystem::path& path) {
  if (!done) fail("cannot write {}: {}", path, h5_reason());
}

H5NewFile::H5NewFile(std::filesystem::path part, std::filesystem::path path, std::uint64_t bytes)
    : part_(std::move(part)), path_(std::move(path)) {
  const H5Properties access = file_access();
  file_ = H5File(H5Fcreate(part_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()));
  expect_h5_written(bool(file_), path_);
  try {
    hold_room(part_, path_, bytes + kStructureBytes);
  } catch (const Error&) {
    remove();
    throw;
  }
}

H5NewFile::~H5NewFile() { remove(); }

void H5NewFile::remove() {
  file_.close();
  ::unlink(part_.c_str());  // renamed: there is none
}

void H5NewFile::commit(bool sealed) {
  expect_h5_written(file_.close(), path_);
  if (sealed) seal_file(part_);
  File part(part_, O_WRONLY);
  part.truncate(part.size());  // frees the room that was not needed
  part.sync();
  if (std::rename(part_.c_str(), path_.c_str()) != 0) fail_to_write(path_, errno);
  sync_folder_of(path_);
}

H5File open_h5_file(const std::filesystem::path& path) {
  expect(H5Fis_hdf5(path.c_str()) != 0, "{}: it is no HDF5 file: move it away, or give another name", path);
  const H5Properties access = file_access();
  H5File file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()));
  if (!file) {
    fail(
        "{}: this HDF5 file cannot be opened ({}): it is damaged, or another program writes it. Close that, "
        "or "
        "move the file away",
        path, h5_reason());
  }
  return file;
}

std::vector<std::string> h5_names(const H5File& file) {
  std::vector<std::string> names;
  H5Literate(file.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add_name, &names);
  return names;
}

H5Properties h5_utf8_names() {
  H5Properties properties(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_char_encoding(properties.get(), H5T_CSET_UTF8);
  return properties;
}

std::optional<std::string> h5_text(hid_t object, const char* name) {
  const H5Attribute attribute(H5Aopen(object, name, H5P_DEFAULT));
  if (!attribute) return std::nullopt;
  const H5Type type(H5Aget_type(attribute.get()));
  const H5Space space(H5Aget_space(attribute.get()));
  if (H5Tis_variable_str(type.get()) <= 0 || H5Sget_simple_extent_npoints(space.get()) != 1)
    return std::nullopt;
  char* letters = nullptr;
  if (H5Aread(attribute.get(), type.get(), &letters) < 0 || letters == nullptr) return std::nullopt;
  std::string text(letters);
  H5free_memory(letters);
  return text;
}

void add_h5_text(hid_t object, const std::string& name, const std::string& text,
                 const std::filesystem::path& path) {
  const H5Type type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  const H5Space scalar(H5Screate(H5S_SCALAR));
  const H5Attribute attribute(
      H5Acreate2(object, name.c_str(), type.get(), scalar.get(), H5P_DEFAULT, H5P_DEFAULT));
  const char* const letters = text.c_str();
  expect_h5_written(attribute && H5Awrite(attribute.get(), type.get(), &letters) >= 0, path);
}

void copy_h5_object(const H5File& from, const std::string& name, hid_t to,
                    const std::filesystem::path& path) {
  const H5Properties names = h5_utf8_names();
  expect_h5_written(H5Ocopy(from.get(), name.c_str(), to, name.c_str(), H5P_DEFAULT, names.get()) >= 0, path);
}

}  // namespace c3d
