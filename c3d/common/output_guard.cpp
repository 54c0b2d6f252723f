#include "c3d/common/output_guard.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "c3d/common/bad_request.h"
#include "data/frame_folder.h"
#include "data/video_head.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/file_names.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostPictures = 1'000'000;    // looked at, in folders of frames
constexpr const char* kClassList = "classInd.txt";  // beside a list, which numbers classes by it

}  // namespace

void OutputGuard::add_input(const fs::path& path, const std::string& what) {
  std::error_code unknown;
  if (path.empty()) return;
  if (fs::is_directory(path, unknown)) {
    folders_.push_back({path, what});
    if (const auto identity = file_identity(path)) input_folders_.try_emplace(*identity, Known{path, what});
  } else if (const auto identity = file_identity(path)) {
    inputs_.try_emplace(*identity, Known{path, what});
  }
}

// Only where an output is there already: most are not, and folders of frames may be many.
void OutputGuard::look_into_folders() {
  std::size_t pictures = 0;
  for (const Known& folder : folders_) {
    std::error_code error;
    for (fs::directory_iterator entry(folder.path, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      if (++pictures > kMostPictures) break;
      const auto identity = file_identity(entry->path());
      if (identity) inputs_.try_emplace(*identity, Known{entry->path(), folder.what});
    }
  }
  folders_.clear();
}

void OutputGuard::expect_free(const fs::path& path, const std::string& option) {
  const auto identity = file_identity(path);
  if (!identity) return;
  look_into_folders();
  const auto input = inputs_.find(*identity);
  if (input == inputs_.end()) return;
  refuse("{} {} would overwrite {} {}; give it another name", option, path, input->second.what,
         input->second.path);
}

// followed(), quickly where many outputs are of one folder.
fs::path OutputGuard::place_of(const fs::path& path) {
  std::error_code unknown;
  if (fs::is_symlink(path, unknown)) return followed(path);
  const auto [folder, is_new] = real_folders_.try_emplace(path.parent_path());
  if (is_new) folder->second = followed(path).parent_path();
  return folder->second / path.filename();
}

void OutputGuard::add_list(const fs::path& data) {
  std::error_code unknown;
  if (data.empty() || fs::is_directory(data, unknown)) return;
  add_input(data, "the list");
  add_input(data.parent_path() / kClassList, "the list of classes");
}

void OutputGuard::add_output(const fs::path& path, const std::string& option, OutputBytes bytes) {
  if (path.empty() || !is_replaceable(path)) return;
  const fs::path place = place_of(path);
  const std::string name = place.filename().native();
  expect_free(path, option);
  expect_request(bytes == OutputBytes::video || !is_video_file(path),
                 "{} {} would overwrite the video that is there; give it another name", option, path);
  const std::array parts = {short_name("." + name, ".0.part"), short_name("." + name, ".part")};
  for (const std::string& part : parts) {
    expect_free(place.parent_path() / part, option + " (while it is written)");
  }
  if (const auto folder = file_identity(place.parent_path());
      folder && is_picture_name(place) && input_folders_.contains(*folder)) {
    const Known& frames = input_folders_.at(*folder);
    refuse("{} {} would become a frame of {} {}; give it another folder", option, path, frames.what,
           frames.path);
  }
  const auto identity = file_identity(path);
  const auto refuse_both = [&](const Known& other) {
    refuse("{} {} and {} {} are one file; give them different names", option, path, other.what, other.path);
  };
  if (const auto known = coming_.find(place); known != coming_.end()) refuse_both(known->second);
  if (identity) {
    const auto [known, is_new] = outputs_.try_emplace(*identity, Known{path, option});
    if (!is_new) refuse_both(known->second);
  } else {
    const auto [known, is_new] = coming_.try_emplace(place, Known{path, option});
    if (!is_new) refuse_both(known->second);
  }
  for (const std::string& part : parts) {
    const fs::path waiting = place.parent_path() / part;
    const auto there = file_identity(waiting);
    const auto known = there ? outputs_.find(*there) : outputs_.end();
    if (known != outputs_.end()) refuse_both(known->second);
    const auto [other, is_new] = coming_.try_emplace(waiting, Known{path, option + " (while it is written)"});
    if (!is_new) refuse_both(other->second);
  }
}

void expect_writable(const fs::path& path) {
  std::error_code unknown;
  if (path.empty()) return;
  expect(!fs::is_directory(path, unknown), "cannot write {}: it is a folder; name a file", path);
  if (!is_replaceable(path)) return;
  const fs::path file = followed(path);
  if (::access(file.parent_path().c_str(), W_OK | X_OK) != 0) fail_to_write(file, errno);
}

}  // namespace c3d
