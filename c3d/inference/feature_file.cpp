#include "c3d/inference/feature_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <fstream>
#include <string>
#include <system_error>

#include "c3d/inference/row_steps.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/whole_file.h"
#include "weights/npy_array.h"
#include "weights/npy_header.h"

namespace c3d {
namespace {

static_assert(std::endian::native == std::endian::little, "Caffe's files are little-endian");

std::filesystem::path clip_file(const std::filesystem::path& folder, std::int64_t number,
                                const std::string& layer) {
  return folder / fmt::format("{:06}.{}", number, layer);
}

std::array<std::int32_t, 5> caffe_header(const std::array<std::int64_t, 4>& extents) {
  std::array<std::int32_t, 5> header{1};
  std::ranges::transform(extents, header.begin() + 1,
                         [](std::int64_t extent) { return static_cast<std::int32_t>(extent); });
  return header;
}

std::vector<std::int64_t> table_extents(std::int64_t rows, const FeatureRule& rule) {
  if (rule.crops == 1) return {rows, rule.size()};
  return {rows, rule.crops, rule.size()};
}

bool npy_complete(const std::filesystem::path& path, const FeatureRule& rule) {
  try {
    const std::vector<std::int64_t> extents = parse_npy(WholeFile(path).bytes()).extents;
    return !extents.empty() && extents[0] > 0 && extents == table_extents(extents[0], rule);
  } catch (const Error&) {
    return false;
  }
}

bool csv_complete(const std::filesystem::path& path, std::int64_t size) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) && std::ranges::count(line, ',') + 1 == size;
}

// As many lines as there are segments, each with all its numbers.
bool txt_complete(const std::filesystem::path& path, const FeatureRule& rule) {
  std::ifstream file(path);
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    if (std::ranges::count(line, ' ') + 1 != rule.size()) return false;
  }
  return lines == rule.pooling.segments;
}

// The first clip's file is the last to be written.
bool clips_complete(const std::filesystem::path& folder, const FeatureRule& rule) {
  const auto bytes =
      sizeof(caffe_header(rule.extents)) + static_cast<std::uint64_t>(rule.size()) * sizeof(float);
  for (const std::int64_t first_number : {0, 1}) {
    std::error_code absent;
    const auto found = std::filesystem::file_size(clip_file(folder, first_number, rule.layer), absent);
    if (!absent) return found == bytes;
  }
  return false;
}

}  // namespace

FeatureFile::FeatureFile(std::filesystem::path path, FeatureRule rule, H5Place place)
    : path_(std::move(path)), rule_(std::move(rule)), place_(std::move(place)), waiting_(File::temporary()) {
  expect(rule_.format != FeatureFormat::caffe || rule_.pooling.kind == Pooling::Kind::none,
         "{}: Caffe's format is a file for each clip, which pooling leaves none of: write npy or csv", path_);
  expect(rule_.format == FeatureFormat::npy || rule_.crops == 1,
         "{}: only npy has an axis for the {} crops of each clip: write npy, or take one crop", path_,
         rule_.crops);
  expect(rule_.format != FeatureFormat::txt || rule_.pooling.kind == Pooling::Kind::segments,
         "{}: a txt file has a line for each segment of its video: pool into segments, or write csv", path_);
  waiting_.call_it(waiting_.path().parent_path() / "(rows of features)");
}

void FeatureFile::add(std::int64_t first_frame, std::span<const float> row) {
  const std::int64_t wanted = rule_.row_size() * rule_.averaged_crops;
  expect(static_cast<std::int64_t>(row.size()) == wanted, "{}: a row of {} values instead of {}", path_,
         row.size(), wanted);
  const std::vector<float> kept =
      clip_row(row, static_cast<std::size_t>(rule_.size()),
               {.averages_crops = rule_.averaged_crops > 1, .l2 = rule_.l2_before_pooling});
  waiting_.write(std::as_bytes(std::span(kept)));
  first_frames_.push_back(first_frame);
}

void FeatureFile::read_row(std::int64_t row, std::span<float> values) {
  const auto at = static_cast<std::uint64_t>(row) * values.size_bytes();
  expect(waiting_.read_at(at, std::as_writable_bytes(values)),
         "{}: its rows cannot be read back from the temporary file", path_);
}

std::vector<float> FeatureFile::pooled(const RowRange& rows) {
  std::vector<float> row(static_cast<std::size_t>(rule_.row_size()));
  PooledRow pool(rule_.pooling.kind);
  for (std::int64_t i = rows.first; i < rows.second; ++i) {
    read_row(i, row);
    pool.add(row);
  }
  row = pool.values();
  if (rule_.l2) scale_to_length_1(row, static_cast<std::size_t>(rule_.size()));
  return row;
}

void FeatureFile::finish(std::int64_t first_number) {
  expect(!first_frames_.empty(), "{}: there is not one clip to write", path_);
  if (rule_.format == FeatureFormat::caffe) return write_clips(first_number);
  const auto ranges = pooled_rows(rule_.pooling, static_cast<std::int64_t>(first_frames_.size()));
  if (rule_.format == FeatureFormat::h5) return write_h5(ranges);
  write_tables(ranges);
}

// 9 digits of a float32 are that float32 again.
std::string FeatureFile::line_of(const std::vector<float>& row) const {
  return fmt::format("{:.9g}\n", fmt::join(row, rule_.format == FeatureFormat::txt ? " " : ","));
}

void FeatureFile::write_tables(const std::vector<RowRange>& ranges) {
  AtomicFile file(path_);
  const bool npy = rule_.format == FeatureFormat::npy;
  if (npy) file.write(npy_header(table_extents(static_cast<std::int64_t>(ranges.size()), rule_)));
  for (const RowRange& range : ranges) {
    const std::vector<float> row = pooled(range);
    if (npy) {
      file.write(std::as_bytes(std::span(row)));
    } else {
      file.write(line_of(row));
    }
  }
  file.commit();
}

void FeatureFile::write_h5(const std::vector<RowRange>& ranges) {
  H5Table table(path_, place_, static_cast<std::int64_t>(ranges.size()), rule_.size());
  for (const RowRange& range : ranges) table.add(pooled(range));
  table.commit();
}

// Those of an earlier run may be of other frames: none of them may stand between the new ones.
void FeatureFile::remove_clips() const {
  std::error_code error;
  if (!std::filesystem::exists(path_, error)) return;
  std::vector<std::filesystem::path> old;
  for (std::filesystem::directory_iterator entry(path_, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string stem = entry->path().stem().string();
    const bool is_number =
        !stem.empty() && std::ranges::all_of(stem, [](char c) { return c >= '0' && c <= '9'; });
    if (is_number && entry->path().extension() == "." + rule_.layer) old.push_back(entry->path());
  }
  expect(!error, "{}: its clips of an earlier run cannot be looked for: {}", path_, error.message());
  for (const std::filesystem::path& clip : old) {
    std::filesystem::remove(clip, error);
    expect(!error, "{}: this clip of an earlier run cannot be removed: {}", clip, error.message());
  }
}

void FeatureFile::write_clips(std::int64_t first_number) {
  remove_clips();
  const std::array<std::int32_t, 5> header = caffe_header(rule_.extents);
  for (std::size_t i = first_frames_.size(); i-- > 0;) {
    const auto row = static_cast<std::int64_t>(i);
    const std::vector<float> values = pooled({row, row + 1});
    AtomicFile file(clip_file(path_, first_frames_[i] + first_number, rule_.layer));
    file.write(std::as_bytes(std::span(header)));
    file.write(std::as_bytes(std::span(values)));
    file.commit();
  }
}

bool features_complete(const std::filesystem::path& path, const FeatureRule& rule) {
  switch (rule.format) {
    case FeatureFormat::npy:
      return npy_complete(path, rule);
    case FeatureFormat::csv:
      return csv_complete(path, rule.size());
    case FeatureFormat::txt:
      return txt_complete(path, rule);
    case FeatureFormat::h5:
      return false;
    case FeatureFormat::caffe:
      break;
  }
  return clips_complete(path, rule);
}

}  // namespace c3d
