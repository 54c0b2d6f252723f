#include "c3d/inference/h5_collection.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <system_error>

#include "c3d/common/machine.h"
#include "c3d/inference/h5_handle.h"
#include "c3d/inference/shards/file_seal.h"
#include "engine/core/fingerprint.h"
#include "engine/io/file_names.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExtension = ".h5";
constexpr const char *kMadeBy = "made_by", *kSource = "source";  // attributes, as fields of --json's lines
constexpr const char* kWhole = ".whole.part";                    // the whole file until it is ready
constexpr std::size_t kFingerprintLetters = 16;

std::uint64_t bytes_of(const fs::path& file) {
  std::error_code absent;
  const std::uintmax_t bytes = fs::file_size(file, absent);
  return absent ? 0 : bytes;
}

// 0123456789abcdef.h5
bool is_part_name(const std::string& name) {
  return name.size() == kFingerprintLetters + std::string_view(kExtension).size() &&
         name.ends_with(kExtension) && name.find_first_not_of("0123456789abcdef") == kFingerprintLetters;
}

// What a killed run left of one, .0123456789abcdef.h5.part, or of the whole file.
bool is_cut_name(const std::string& name) {
  constexpr std::string_view kPart = ".part";
  if (name == kWhole) return true;
  return name.starts_with('.') && name.ends_with(kPart) &&
         is_part_name(name.substr(1, name.size() - 1 - kPart.size()));
}

H5Object open_object(hid_t where, const std::string& name) {
  return H5Object(H5Oopen(where, name.c_str(), H5P_DEFAULT));
}

// The table behind a name of the root; none where the layout has none there.
H5Object table_of(const H5File& file, const std::string& id, H5Layout layout) {
  H5Object object = open_object(file.get(), id);
  if (!object) return {};
  const bool is_group = H5Iget_type(object.get()) == H5I_GROUP;
  if (is_group != (layout == H5Layout::activitynet)) return {};
  if (is_group) object = open_object(object.get(), kActivitynetTable);
  return object && H5Iget_type(object.get()) == H5I_DATASET ? std::move(object) : H5Object();
}

// [rows, size]; 0, 0: of another rank.
std::array<hsize_t, 2> extents_of(const H5Object& table) {
  std::array<hsize_t, 2> extents{};
  const H5Space space(H5Dget_space(table.get()));
  if (H5Sget_simple_extent_ndims(space.get()) == 2) {
    H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
  }
  return extents;
}

void check_layout(const H5File& file, const fs::path& path, H5Layout layout) {
  const H5Layout other = layout == H5Layout::tacos ? H5Layout::activitynet : H5Layout::tacos;
  for (const std::string& name : h5_names(file)) {
    if (table_of(file, name, layout)) continue;
    expect(!table_of(file, name, other),
           "{}: '{}' in it lies as in the layout {}, not as in {}: give --h5-layout {}, or another file",
           path, name, to_string(other), to_string(layout), to_string(other));
    fail("{}: '{}' in it is no table of a video's features: give another file", path, name);
  }
}

std::optional<Origin> origin_of(const H5Object& table) {
  const auto made_by = h5_text(table.get(), kMadeBy), source = h5_text(table.get(), kSource);
  if (!made_by || !source) return std::nullopt;
  auto recipe = parse_recipe(try_parse_ordered_json(*made_by));
  auto facts = parse_source(try_parse_ordered_json(*source));
  if (!recipe || !facts) return std::nullopt;
  return Origin{std::move(*recipe), std::move(*facts)};
}

// Of what others keep in the root's attributes nothing is lost.
herr_t copy_attribute(hid_t from, const char* name, const H5A_info_t* /*info*/, void* to) {
  if (std::string_view(name) == kH5Shard) return 0;  // of what the file held before
  const H5Attribute old(H5Aopen(from, name, H5P_DEFAULT));
  const H5Type type(H5Aget_type(old.get()));
  const H5Space space(H5Aget_space(old.get()));
  const H5Attribute copy(
      H5Acreate2(*static_cast<hid_t*>(to), name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT));
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (!old || !copy || count < 0) return -1;
  std::vector<std::byte> values(static_cast<std::size_t>(count) * H5Tget_size(type.get()));
  if (H5Aread(old.get(), type.get(), values.data()) < 0) return -1;
  const herr_t written = H5Awrite(copy.get(), type.get(), values.data());
  H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, values.data());  // texts, as of variable length
  return written;
}

}  // namespace

fs::path h5_parts(const fs::path& file) {
  const fs::path real = followed(file);
  return real.parent_path() / short_name("." + real.filename().native(), ".parts");
}

void check_h5_file(const fs::path& file, H5Layout layout) {
  if (bytes_of(file) == 0) return;
  expect(file_seal(file) != FileSeal::broken,
         "{}: this shard's file was damaged since it was written: remove it, and run the shard again", file);
  const H5Silence silence;
  check_layout(open_h5_file(file), file, layout);
}

H5Collection::H5Collection(const fs::path& file, H5Layout layout)
    : path_(file), parts_(h5_parts(file)), layout_(layout) {
  check_h5_file(path_, layout_);
  take_parts_of_earlier_run();
  merge();
}

void H5Collection::take_parts_of_earlier_run() {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(parts_, error);
  if (!fs::exists(status)) return;
  expect(fs::is_directory(status), "{}: features wait in a folder of this name: move it away", parts_);
  std::vector<fs::path> cut;
  for (fs::directory_iterator entry(parts_, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& part = entry->path();
    if (is_cut_name(part.filename().native())) cut.push_back(part);
    if (!is_part_name(part.filename().native())) continue;
    const H5Silence silence;
    const H5File file = open_h5_file(part);
    check_layout(file, part, layout_);
    for (const std::string& id : h5_names(file)) waiting_[id] = part;
  }
  expect(!error, "{}: what an earlier run left cannot be looked for: {}", parts_, error.message());
  for (const fs::path& part : cut) fs::remove(part, error);
}

fs::path H5Collection::part_of(const std::string& id) const {
  Fingerprint name;
  name.add(id);
  return parts_ / (name.text() + kExtension);
}

H5Place H5Collection::place_of(const std::string& id, const Origin& origin) const {
  H5Place place{.layout = layout_, .id = id};
  place.attributes = {{kMadeBy, dump_json(recipe_json(origin.recipe))},
                      {kSource, dump_json(source_json(origin.source))},
                      {"program", commit()}};
  for (const auto& [name, value] : origin.recipe) {
    if (name == "weights") place.attributes.emplace_back("weights_sha256", value);
  }
  if (!origin.recipe_file.empty()) place.attributes.emplace_back(kH5RecipeFile, origin.recipe_file);
  return place;
}

std::optional<std::string> H5Collection::complaint(const std::string& id, std::int64_t size,
                                                   const Origin& now) const {
  if (bytes_of(path_) == 0) return "";
  const H5Silence silence;
  const H5File file = open_h5_file(path_);
  const H5Object table = table_of(file, id, layout_);
  if (!table) return "";
  const auto [rows, columns] = extents_of(table);
  if (rows == 0 || columns != static_cast<hsize_t>(size)) return "";
  const std::optional<Origin> before = origin_of(table);
  if (!before) return "nothing in the file says how it was made, as of another program's";
  std::string why = difference(*before, now);
  if (why.empty()) return std::nullopt;
  return why;
}

void H5Collection::expect_replaceable(const std::string& id) const {
  if (bytes_of(path_) == 0) return;
  const H5Silence silence;
  const H5File file = open_h5_file(path_);
  if (H5Lexists(file.get(), id.c_str(), H5P_DEFAULT) <= 0) return;
  const H5Object table = table_of(file, id, layout_);
  expect(table && origin_of(table),
         "{}: '{}' in it is of another program, and the video's table would take its place: give another "
         "file, or remove it there",
         path_, id);
}

void H5Collection::add(const std::string& id) {
  const fs::path part = part_of(id);
  waiting_[id] = part;
  waiting_bytes_ += bytes_of(part);
  // So the file is copied as often as it grows by half, and all copying costs but a few times its size.
  if (2 * waiting_bytes_ >= bytes_of(path_)) merge();
}

void H5Collection::finish(const std::string& shard) {
  merge(shard);
  std::error_code not_empty;  // or not there
  fs::remove(parts_, not_empty);
}

void H5Collection::merge(const std::string& shard) {
  if (waiting_.empty() && shard.empty()) return;
  fs::create_directories(parts_);  // a shard may have no table to wait there
  const H5Silence silence;
  std::uint64_t bytes = bytes_of(path_) + shard.size();
  for (const auto& [id, part] : waiting_) bytes += bytes_of(part);
  H5NewFile whole(parts_ / kWhole, followed(path_), bytes);
  std::set<std::string> ids;  // in order, so that the file does not depend on when it was put together
  H5File before;
  if (bytes_of(path_) > 0) {
    before = open_h5_file(path_);
    hid_t target = whole.get();
    expect_h5_written(
        H5Aiterate2(before.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, copy_attribute, &target) >= 0, path_);
    for (const std::string& id : h5_names(before)) ids.insert(id);
  }
  for (const auto& [id, part] : waiting_) ids.insert(id);
  for (const std::string& id : ids) {
    const auto part = waiting_.find(id);
    const H5File file = part == waiting_.end() ? H5File() : open_h5_file(part->second);
    copy_h5_object(file ? file : before, id, whole.get(), path_);
  }
  if (!shard.empty()) add_h5_text(whole.get(), kH5Shard, shard, path_);
  whole.commit(!shard.empty());
  std::error_code error;
  for (const auto& [id, part] : waiting_) fs::remove(part, error);
  waiting_.clear();
  waiting_bytes_ = 0;
}

}  // namespace c3d
