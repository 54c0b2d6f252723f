#include "c3d/match/published_features.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "c3d/inference/h5_read.h"
#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/io/whole_file.h"
#include "weights/npy_array.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCaffeHeader = 5 * sizeof(std::int32_t);

PublishedFeatures table(const std::vector<std::int64_t>& extents, std::vector<float> values) {
  expect(!extents.empty() && extents.size() <= 3,
         "a table with {} extents; it is [rows, size] or [rows, crops, size]", extents.size());
  PublishedFeatures features;
  features.rows = extents.size() == 1 ? 1 : extents[0];
  features.crops = extents.size() == 3 ? extents[1] : 1;
  features.size = extents.back();
  features.values = std::move(values);
  return features;
}

PublishedFeatures parse_text(std::string_view text) {
  PublishedFeatures features;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::int64_t size = 0;
    for (;;) {
      line.remove_prefix(std::min(line.find_first_not_of(" \t\r,;"), line.size()));
      if (line.empty()) break;
      float value = 0;
      const auto [past, status] = std::from_chars(line.data(), line.data() + line.size(), value);
      expect(status == std::errc(), "line {} holds '{:.20}', which is no number", features.rows + 1, line);
      line.remove_prefix(static_cast<std::size_t>(past - line.data()));
      features.values.push_back(value);
      ++size;
    }
    if (size == 0) continue;
    expect(features.rows == 0 || size == features.size, "line {} has {} numbers, and the first has {}",
           features.rows + 1, size, features.size);
    features.size = size;
    ++features.rows;
  }
  return features;
}

bool is_caffe(std::span<const std::byte> bytes) {
  std::int32_t header[5];
  if (bytes.size() < kCaffeHeader) return false;
  std::memcpy(header, bytes.data(), kCaffeHeader);
  std::uint64_t count = 1;
  for (const std::int32_t extent : header) {
    if (extent < 1 || extent > (1 << 20)) return false;
    count *= static_cast<std::uint64_t>(extent);
    if (count > bytes.size()) return false;
  }
  return header[0] == 1 && bytes.size() == kCaffeHeader + count * sizeof(float);
}

PublishedFeatures parse_caffe(std::span<const std::byte> bytes) {
  expect(is_caffe(bytes), "it is no file of Caffe's extract_image_features");
  std::vector<float> values((bytes.size() - kCaffeHeader) / sizeof(float));
  std::memcpy(values.data(), bytes.data() + kCaffeHeader, bytes.size() - kCaffeHeader);
  const auto size = static_cast<std::int64_t>(values.size());
  return table({1, size}, std::move(values));
}

// A file for each clip: NUMBER.LAYER, in the order of the numbers.
PublishedFeatures read_caffe_folder(const fs::path& folder) {
  std::vector<std::pair<std::int64_t, fs::path>> clips;
  std::string layer;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string stem = entry.path().stem().string();
    std::int64_t number = 0;
    const auto [past, status] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    if (status != std::errc() || past != stem.data() + stem.size()) continue;
    if (layer.empty()) layer = entry.path().extension().string();
    expect(layer == entry.path().extension(), "it holds clips of {} and of {}: keep those of one layer there",
           layer, entry.path().extension().string());
    clips.emplace_back(number, entry.path());
  }
  expect(!clips.empty(), "the folder holds no files NUMBER.LAYER of Caffe's extractor");
  std::ranges::sort(clips);
  PublishedFeatures all;
  for (const auto& [number, path] : clips) {
    const PublishedFeatures one = parse_caffe(WholeFile(path).bytes());
    expect(all.rows == 0 || all.size == one.size, "{} has {} values, and the first clip has {}", path,
           one.size, all.size);
    all.size = one.size;
    ++all.rows;
    all.values.insert(all.values.end(), one.values.begin(), one.values.end());
  }
  return all;
}

PublishedFeatures read_any(const fs::path& path, const std::vector<std::string>& ids) {
  std::error_code unknown;
  if (fs::is_directory(path, unknown)) return read_caffe_folder(path);
  const WholeFile file(path);
  const std::span<const std::byte> bytes = file.bytes();
  if (looks_like_npy(bytes)) {
    NpyArray array = parse_npy(bytes);
    return table(array.extents, std::move(array.values));
  }
  constexpr std::string_view kHdf5 = "\x89HDF\r\n";
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with(kHdf5)) {
    H5Values read = read_h5_table(path, ids);
    return table(read.extents, std::move(read.values));
  }
  constexpr std::string_view kZip = "PK\x03\x04";
  expect(!text.starts_with(kZip),
         "it is an archive (npz), and a table is wanted: save one array of it as .npy");
  const std::string extension = lower_ascii(path.extension().native());
  expect(extension != ".h5" && extension != ".hdf5", "it is no HDF5 file");
  expect(extension != ".npy", "it is no .npy file");
  return is_caffe(bytes) ? parse_caffe(bytes) : parse_text(text);
}

}  // namespace

PublishedFeatures read_published(const fs::path& path, const std::vector<std::string>& ids) {
  PublishedFeatures features;
  try {
    features = read_any(path, ids);
    expect(features.rows > 0 && features.size > 0, "it holds not one number");
    const auto bad =
        std::ranges::count_if(features.values, [](float value) { return !std::isfinite(value); });
    expect(bad == 0, "{} of its {} values are infinite or no numbers", bad, features.values.size());
    expect(std::ranges::any_of(features.values, [](float value) { return value != 0; }),
           "all its values are 0");
  } catch (const Error& error) {
    if (error.message().find(path.native()) != std::string::npos) throw;
    fail("{}: {}", path, Lines{error.message()});
  }
  return features;
}

}  // namespace c3d
