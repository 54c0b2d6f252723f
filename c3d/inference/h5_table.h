// The features of one video as an HDF5 file of their own: a float32 table [rows, size] where a layout puts
// it, with texts as attributes. Needs libhdf5; a build without has a stand-in that says so. libhdf5 as Debian
// builds it serves one thread of a process at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "c3d/inference/feature_format.h"

namespace c3d {

struct H5Place {
  H5Layout layout = H5Layout::activitynet;
  std::string id = {};                                            // of the video
  std::vector<std::pair<std::string, std::string>> attributes{};  // of its table; UTF-8
};

// Appears under its name whole, or not at all.
class H5Table {
 public:
  H5Table(const std::filesystem::path& path, const H5Place& place, std::int64_t rows, std::int64_t size);
  ~H5Table();  // without commit(): nothing is left
  H5Table(const H5Table&) = delete;
  H5Table& operator=(const H5Table&) = delete;

  void add(std::span<const float> row);  // rows times, before commit()
  void commit();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace c3d
