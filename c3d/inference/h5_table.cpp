#include "c3d/inference/h5_table.h"

#include <array>

#include "c3d/inference/h5_handle.h"

namespace c3d {
class H5Table::Impl {
 public:
  Impl(const std::filesystem::path& path, const H5Place& place, std::int64_t rows, std::int64_t size)
      : path_(path), rows_(rows), size_(size), file_(part_of(path), path, bytes_of(place, rows, size)) {
    const H5Properties names = h5_utf8_names();
    H5Object group;
    if (place.layout == H5Layout::activitynet) {
      group = H5Object(H5Gcreate2(file_.get(), place.id.c_str(), names.get(), H5P_DEFAULT, H5P_DEFAULT));
      expect_h5_written(bool(group), path_);
    }
    const std::array<hsize_t, 2> extents{static_cast<hsize_t>(rows), static_cast<hsize_t>(size)};
    space_ = H5Space(H5Screate_simple(2, extents.data(), nullptr));
    // Without the time of its making, equal features are equal bytes.
    const H5Properties properties(H5Pcreate(H5P_DATASET_CREATE));
    H5Pset_obj_track_times(properties.get(), false);
    table_ =
        H5Object(H5Dcreate2(group ? group.get() : file_.get(), group ? kActivitynetTable : place.id.c_str(),
                            H5T_IEEE_F32LE, space_.get(), names.get(), properties.get(), H5P_DEFAULT));
    expect_h5_written(bool(table_), path_);
    for (const auto& [name, text] : place.attributes) add_h5_text(table_.get(), name, text, path_);
  }

  void add(std::span<const float> row) {
    expect(static_cast<std::int64_t>(row.size()) == size_ && next_ < rows_,
           "{}: row {} of {} values for a table of {} rows of {}", path_, next_, row.size(), rows_, size_);
    const std::array<hsize_t, 2> start{static_cast<hsize_t>(next_), 0}, count{1, row.size()};
    const H5Space memory(H5Screate_simple(2, count.data(), nullptr));
    H5Sselect_hyperslab(space_.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    expect_h5_written(
        H5Dwrite(table_.get(), H5T_NATIVE_FLOAT, memory.get(), space_.get(), H5P_DEFAULT, row.data()) >= 0,
        path_);
    ++next_;
  }

  void commit() {
    expect(next_ == rows_, "{}: {} rows of {} were written", path_, next_, rows_);
    expect_h5_written(table_.close(), path_);
    file_.commit();
  }

 private:
  static std::filesystem::path part_of(const std::filesystem::path& path) {
    return path.parent_path() / ("." + path.filename().native() + ".part");
  }

  static std::uint64_t bytes_of(const H5Place& place, std::int64_t rows, std::int64_t size) {
    std::uint64_t bytes = static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(size) * sizeof(float);
    for (const auto& [name, text] : place.attributes) bytes += name.size() + text.size();
    return bytes;
  }

  H5Silence silence_;
  std::filesystem::path path_;
  std::int64_t rows_, size_, next_ = 0;
  H5NewFile file_;
  H5Space space_;
  H5Object table_;
};

H5Table::H5Table(const std::filesystem::path& path, const H5Place& place, std::int64_t rows,
                 std::int64_t size)
    : impl_(std::make_unique<Impl>(path, place, rows, size)) {}
H5Table::~H5Table() = default;
void H5Table::add(std::span<const float> row) { impl_->add(row); }
void H5Table::commit() { impl_->commit(); }

}  // namespace c3d
