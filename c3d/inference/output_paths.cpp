#include "c3d/inference/output_paths.h"

#include <algorithm>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "data/dataset.h"
#include "engine/core/error.h"
#include "engine/core/fingerprint.h"
#include "engine/io/file_names.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr int kSpellings = 3;

std::string fingerprint_of(const std::string& text) {
  Fingerprint fingerprint;
  fingerprint.add_line(text);
  return fingerprint.text();
}

// Without root, `.` and `..`.
fs::path below_any_folder(const fs::path& path) {
  fs::path below;
  for (const fs::path& part : path.lexically_normal().relative_path()) {
    if (part != ".." && part != "." && !part.empty()) below /= part;
  }
  return below;
}

// As much of a name that is too long as fits, cut between characters, and what makes it the only one.
std::string fitted(const std::string& name, const std::string& extension) {
  if (name.size() + extension.size() <= kLongestName) return name + extension;
  const std::string end = "-" + fingerprint_of(name) + extension;
  std::size_t length = 0;
  while (length < name.size()) {
    const std::size_t next = std::max(utf8_end(name, length), length + 1);
    if (next + end.size() > kLongestName) break;
    length = next;
  }
  return name.substr(0, length) + end;
}

// The spellings of one video's output, the later the longer.
class Spellings {
 public:
  explicit Spellings(const Input& input)
      : folder_(input.relative.parent_path()),
        name_(input.relative.filename()),
        source_(fs::path(input.name).lexically_normal().native()) {
    std::error_code unknown;
    cut_ = is_video_name(name_) && !fs::is_directory(input.path, unknown);
  }
  const std::string& source() const { return source_; }
  std::string id(H5Naming naming) const {
    return naming == H5Naming::stem && cut_ ? name_.stem().native() : name_.native();
  }
  fs::path spelt(int spelling, const std::string& extension) const {
    const std::string stem = spelling == 0 && cut_ ? name_.stem().native() : name_.native();
    const std::string number = spelling == 2 ? "." + fingerprint_of(source_) : "";
    return folder_ / fitted(stem + number, extension);
  }

 private:
  fs::path folder_, name_;
  std::string source_;
  bool cut_ = false;
};

// Whether a name is given to more than one source.
std::unordered_map<std::string, bool> meetings(const std::vector<fs::path>& names,
                                               const std::vector<Spellings>& videos) {
  std::unordered_map<std::string, std::pair<const std::string*, bool>> given;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto& [source, meets] = given.try_emplace(names[i].native(), &videos[i].source(), false).first->second;
    meets = meets || *source != videos[i].source();
  }
  std::unordered_map<std::string, bool> result;
  for (const auto& [name, who] : given) result.emplace(name, who.second);
  return result;
}

}  // namespace

void keep_given_folders(Inputs& inputs) {
  for (Input& input : inputs.videos) {
    if (input.is_standard_input()) continue;
    const fs::path below = below_any_folder(input.name);
    if (!below.empty()) input.relative = below;
  }
}

std::vector<fs::path> output_paths(const Inputs& inputs, const fs::path& target,
                                   const std::string& extension) {
  std::error_code unknown;
  if (!inputs.several && !fs::is_directory(target, unknown)) return {target};
  const std::vector<Spellings> videos(inputs.videos.begin(), inputs.videos.end());
  std::vector<int> spelling(videos.size());
  std::vector<fs::path> names;
  names.reserve(videos.size());
  for (const Spellings& video : videos) names.push_back(video.spelt(0, extension));
  for (int round = 1; round < kSpellings; ++round) {
    const auto meet = meetings(names, videos);
    for (std::size_t i = 0; i < videos.size(); ++i) {
      if (meet.at(names[i].native())) names[i] = videos[i].spelt(++spelling[i], extension);
    }
  }
  for (fs::path& name : names) name = target / name;
  return names;
}

std::vector<std::string> h5_ids(const Inputs& inputs, H5Naming naming) {
  std::vector<std::string> ids;
  std::unordered_map<std::string, std::string> sources;
  for (const Input& input : inputs.videos) {
    const Spellings video(input);
    ids.push_back(input.error.empty() ? video.id(naming) : "");
    if (ids.back().empty()) continue;
    expect(ids.back() != ".", "{}: a video cannot be called '.' in an HDF5 file: rename it", input.name);
    const std::string& first = sources.try_emplace(ids.back(), video.source()).first->second;
    expect(first == video.source(),
           "{} and {} would both be called '{}' in the HDF5 file: rename one of them{}, or give them a file "
           "each",
           first, video.source(), ids.back(),
           naming == H5Naming::stem ? ", keep their extensions (--h5-id name) where these differ" : "");
  }
  return ids;
}

void make_folder_of(const fs::path& file) {
  if (!file.has_parent_path()) return;
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  expect(!error, "{}: the folder cannot be made: {}", file.parent_path(), error.message());
}

}  // namespace c3d
