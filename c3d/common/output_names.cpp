#include "c3d/common/output_names.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "c3d/common/bad_request.h"
#include "data/folder_walk.h"
#include "engine/core/text.h"
#include "engine/io/file_names.h"

namespace c3d {
namespace {

constexpr std::array<std::string_view, 21> kEndings{
    ".npy", ".npz",  ".csv", ".txt", ".h5",   ".hdf5",  ".hdf", ".png", ".jpg", ".jpeg",   ".gif",
    ".svg", ".html", ".htm", ".pdf", ".json", ".jsonl", ".mat", ".pkl", ".pt",  ".parquet"};

}  // namespace

std::string known_ending(const std::filesystem::path& path) {
  std::string ending = lower_ascii(path.extension().native());
  const bool is_known = std::ranges::find(kEndings, ending) != kEndings.end() || is_video_name(path);
  return is_known ? ending : "";
}

void expect_ending(const std::string& option, const std::filesystem::path& path,
                   const std::vector<std::string>& endings) {
  const std::string ending = known_ending(path);
  if (ending.empty() || !is_replaceable(path) || std::ranges::find(endings, ending) != endings.end()) return;
  refuse("{} {}: what is written there is no {} file; give it a name that ends in {}", option, path, ending,
         fmt::join(endings, " or "));
}

void expect_folder_name(const std::string& option, const std::filesystem::path& path, std::size_t videos) {
  std::error_code unknown;
  if (known_ending(path).empty() || std::filesystem::is_directory(path, unknown)) return;
  refuse("{} {}: is called like one file, and of {} {} it is a folder; give it a name without {}", option,
         path, videos, videos == 1 ? "video" : "videos", known_ending(path));
}

}  // namespace c3d
