// Videos that do not decode, or not whole.
#include <map>
#include <string_view>

#include "c3d/check/findings.h"
#include "c3d/check/kinds.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"

namespace c3d {
namespace {

// Of the frames that a header announces; AVI's counts some that encoders dropped.
constexpr double kWhole = 0.9;
constexpr std::int64_t kFewMissing = 5;

// By what the decoder, and FFmpeg in it, say of files that end too early.
bool says_cut_off(std::string_view warning) {
  for (const std::string_view words : {"breaks off", "ended prematurely", "partial file", "end of file"}) {
    if (warning.find(words) != std::string_view::npos) return true;
  }
  return false;
}

bool lacks_frames(const CollectedVideo& one) {
  const std::int64_t announced = one.look.announced;
  return announced - one.video->frames >= kFewMissing &&
         static_cast<double>(one.video->frames) < kWhole * static_cast<double>(announced);
}

void add_broken(const std::vector<BrokenVideo>& broken, const char* action, Findings& findings) {
  for (const BrokenVideo& video : broken) {
    findings.push_back(finding(kinds::kUnreadable, video.path,
                               "does not decode: " + printable_lines(reason_of(video)), action));
  }
}

}  // namespace

void find_damage(const Collection& collection, Findings& findings) {
  add_broken(collection.data.broken, "get it anew or remove it; training leaves it out", findings);
  add_broken(collection.found.unread, "see that it can be read, or remove it", findings);
  std::map<std::filesystem::path, std::string> warnings;
  for (const VideoWarning& warning : collection.found.warnings) {
    std::string& all = warnings[warning.path];
    all += (all.empty() ? "" : "; ") + printable(warning.text);
  }
  for (const CollectedVideo& one : collection.videos) {
    const auto warned = warnings.find(one.file());
    const std::string said = warned == warnings.end() ? "" : warned->second;
    const std::int64_t frames = one.video->frames;
    if (lacks_frames(one) || says_cut_off(said)) {
      std::string text = "was cut off: ";
      text += lacks_frames(one)
                  ? fmt::format("its header announces {} frames and {} decode", one.look.announced, frames)
                  : fmt::format("{} frames decode", frames);
      if (!said.empty()) text += ", " + said;
      findings.push_back(finding(kinds::kCutOff, one.file(), text,
                                 "get it anew, or see whether its action is in what is left"));
    } else if (!said.empty()) {
      findings.push_back(finding(kinds::kDamaged, one.file(), "decodes with errors: " + said,
                                 "look at it: get it anew where its pictures are broken"));
    }
  }
}

}  // namespace c3d
