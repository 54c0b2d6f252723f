// The features of one video, clip by clip, for videos of any length: rows wait in a file without a name, in
// the folder for temporary files (TMPDIR), until all are there, and are then pooled and written. Formats:
//   npy    float32 table [rows, size], of several crops [rows, crops, size]
//   csv    a line a row, no header, 9 digits: what reads it gets the same floats; one crop
//   txt    as anomaly detection's programs read it: a line for each segment of the video, numbers of 9 digits
//          and blanks between them, each line of length 1; one crop
//   h5     a table [rows, size] in an HDF5 file of this video alone, which h5_collection.h puts with others
//   caffe  as extract_image_features of facebookarchive/C3D: a folder of files NUMBER.LAYER, one for each
//   clip,
//          NUMBER its first frame (%06d, as the source counts: videos from 0, folders of frames from 1),
//          LAYER Caffe's name; each n = 1, c, l, h, w as int32 and the values as float32; one crop
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "c3d/inference/feature_format.h"
#include "c3d/inference/h5_table.h"
#include "engine/io/file.h"

namespace c3d {

struct FeatureRule {
  FeatureFormat format = FeatureFormat::npy;
  Pooling pooling = {};    // caffe: none; txt: segments
  bool l2 = false;         // rows, as they are written, get length 1, each crop by itself
  std::string layer = {};  // caffe: "fc6-1"
  std::array<std::int64_t, 4> extents{1, 1, 1, 1};  // of a row's crop, C D H W
  std::int64_t crops = 1;
  // Beyond what c3d_infer's options ask for; recipes do. In this order, before pooling:
  std::int64_t averaged_crops = 1;  // > 1: the rows that come are of so many crops, and their mean is kept
  bool l2_before_pooling = false;   // each clip's row, each crop by itself, gets length 1

  std::int64_t size() const { return extents[0] * extents[1] * extents[2] * extents[3]; }
  std::int64_t row_size() const { return crops * size(); }
};

class FeatureFile {
 public:
  // path: of caffe a folder. place: of the video in an HDF5 file.
  FeatureFile(std::filesystem::path path, FeatureRule rule, H5Place place = {});
  void add(std::int64_t first_frame, std::span<const float> row);  // [crops, size]
  // Writes `path` atomically, a folder file by file, the first clip's last; without it, nothing is written.
  // first_number: what the source calls frame 0.
  void finish(std::int64_t first_number);

 private:
  void read_row(std::int64_t row, std::span<float> values);
  std::vector<float> pooled(const RowRange& rows);
  std::string line_of(const std::vector<float>& row) const;
  void write_tables(const std::vector<RowRange>& ranges);
  void write_h5(const std::vector<RowRange>& ranges);
  void remove_clips() const;
  void write_clips(std::int64_t first_number);

  std::filesystem::path path_;
  FeatureRule rule_;
  H5Place place_;
  std::vector<std::int64_t> first_frames_;  // of the rows
  File waiting_;
};

// Whether `path` holds all that finish() writes under this rule: what an earlier run left need not be made
// again. Of an HDF5 file that is for H5Collection to say.
bool features_complete(const std::filesystem::path& path, const FeatureRule& rule);

}  // namespace c3d
