// HDF5 files as tests read and write them, through libhdf5 itself.
#pragma once

#include <hdf5.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/core/error.h"

namespace c3d {

struct H5TestTable {
  std::int64_t rows = 0, size = 0;
  std::vector<float> values;
};

// The table at a path such as "ID/c3d_features"; any failure is an Error.
inline H5TestTable read_h5_table(const std::filesystem::path& file, const std::string& name) {
  const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  expect(id >= 0, "{}: no HDF5 file", file);
  const hid_t table = H5Dopen2(id, name.c_str(), H5P_DEFAULT);
  expect(table >= 0, "{}: no table {}", file, name);
  const hid_t space = H5Dget_space(table), type = H5Dget_type(table);
  expect(H5Sget_simple_extent_ndims(space) == 2 && H5Tequal(type, H5T_IEEE_F32LE) > 0,
         "{}: {} is no float32 table", file, name);
  std::array<hsize_t, 2> extents{};
  H5Sget_simple_extent_dims(space, extents.data(), nullptr);
  H5TestTable read{static_cast<std::int64_t>(extents[0]), static_cast<std::int64_t>(extents[1]), {}};
  read.values.resize(extents[0] * extents[1]);
  const herr_t status = H5Dread(table, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, read.values.data());
  H5Tclose(type);
  H5Sclose(space);
  H5Dclose(table);
  H5Fclose(id);
  expect(status >= 0, "{}: {} cannot be read", file, name);
  return read;
}

// A text that is an attribute of the object at `name`; "": there is none.
inline std::string read_h5_text(const std::filesystem::path& file, const std::string& name,
                                const std::string& attribute) {
  const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  expect(id >= 0, "{}: no HDF5 file", file);
  std::string text;
  if (H5Aexists_by_name(id, name.c_str(), attribute.c_str(), H5P_DEFAULT) > 0) {
    const hid_t found = H5Aopen_by_name(id, name.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT);
    const hid_t type = H5Aget_type(found);
    char* letters = nullptr;
    H5Aread(found, type, &letters);
    text = letters == nullptr ? "" : letters;
    H5free_memory(letters);
    H5Tclose(type);
    H5Aclose(found);
  }
  H5Fclose(id);
  return text;
}

inline std::vector<std::string> read_h5_names(const std::filesystem::path& file) {
  const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  expect(id >= 0, "{}: no HDF5 file", file);
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* to) -> herr_t {
    static_cast<std::vector<std::string>*>(to)->emplace_back(name);
    return 0;
  };
  H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names);
  H5Fclose(id);
  return names;
}

}  // namespace c3d
