// What h5_table.cpp and h5_collection.cpp need of libhdf5's C interface: things that close themselves, and
// errors that are ours.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/error.h"

namespace c3d {

template <auto close_function>
class H5Handle {
 public:
  H5Handle() = default;
  explicit H5Handle(hid_t id) : id_(id) {}
  H5Handle(H5Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  H5Handle& operator=(H5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~H5Handle() { close(); }

  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  // False: what was to be written by closing could not be.
  bool close() {
    const hid_t id = std::exchange(id_, H5I_INVALID_HID);
    return id < 0 || close_function(id) >= 0;
  }

 private:
  hid_t id_ = H5I_INVALID_HID;
};
using H5File = H5Handle<H5Fclose>;
using H5Object = H5Handle<H5Oclose>;
using H5Attribute = H5Handle<H5Aclose>;
using H5Type = H5Handle<H5Tclose>;
using H5Space = H5Handle<H5Sclose>;
using H5Properties = H5Handle<H5Pclose>;

// Before the first use. At the end of the program libhdf5 would write again what it could not write before, as
// on a full disk, and crash; all that was opened here is closed here.
void start_h5();

// For its life libhdf5 keeps its errors to itself instead of printing them.
class H5Silence {
 public:
  H5Silence() {
    start_h5();
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~H5Silence() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }
  H5Silence(const H5Silence&) = delete;
  H5Silence& operator=(const H5Silence&) = delete;

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

// What libhdf5 says of its last failure.
std::string h5_reason();
void expect_h5_written(bool done, const std::filesystem::path& path);

// A new file that takes the place of `path` whole, or not at all: it is written as `part`, in a folder that
// is ours alone, synced and renamed. AtomicFile would not do: its part still has a lock when it gets its
// name, and libhdf5 takes that for a writer's and turns readers away.
class H5NewFile {
 public:
  // bytes: what is to be written, attributes and names included. Room on the disk is held for it, since libhdf5
  // crashes where it copies to a full one. Error: there is no room.
  H5NewFile(std::filesystem::path part, std::filesystem::path path, std::uint64_t bytes);
  ~H5NewFile();  // without commit(): the part is removed
  H5NewFile(const H5NewFile&) = delete;
  H5NewFile& operator=(const H5NewFile&) = delete;

  hid_t get() const { return file_.get(); }
  // All that was opened in it is closed. sealed: with a seal (shards/file_seal.h) behind it.
  void commit(bool sealed = false);

 private:
  void remove();

  std::filesystem::path part_, path_;
  H5File file_;
};

// To read. Error: there is none, it is none of HDF5's, it is damaged, or another program writes it.
H5File open_h5_file(const std::filesystem::path& path);
std::vector<std::string> h5_names(const H5File& file);  // in the file's root
H5Properties h5_utf8_names();                           // of links that are made

// A text attribute. nullopt: there is none.
std::optional<std::string> h5_text(hid_t object, const char* name);
void add_h5_text(hid_t object, const std::string& name, const std::string& text,
                 const std::filesystem::path& path);
// With all that is below it, under the same name.
void copy_h5_object(const H5File& from, const std::string& name, hid_t to, const std::filesystem::path& path);

inline constexpr const char* kH5Shard =
    "c3d_shard";  // an attribute of the root: what a shard's file says of itself
inline constexpr const char* kH5RecipeFile = "recipe_file";  // attribute of a table
inline constexpr const char* kActivitynetTable = "c3d_features";

}  // namespace c3d
