#include "c3d/report.h"
#include "c3d/report/pictures.h"
#include "engine/core/error.h"

namespace c3d {

void draw_label_timeline(const LabeledVideo& video, const VideoProbabilities& probabilities,
                         const std::vector<std::string>& labels, const std::vector<double>& thresholds,
                         const std::filesystem::path& png) {
  const std::size_t classes = labels.size();
  expect(probabilities.windows.size() == video.windows.size() * classes,
         "{}: {} probabilities for {} windows and {} labels", video.file, probabilities.windows.size(),
         video.windows.size(), classes);
  std::vector<TimelineClip> clips;
  clips.reserve(video.windows.size());
  for (std::size_t i = 0; i < video.windows.size(); ++i) {
    const auto first = probabilities.windows.begin() + static_cast<std::ptrdiff_t>(i * classes);
    clips.push_back({video.windows[i].start_seconds, video.windows[i].end_seconds,
                     std::vector<double>(first, first + static_cast<std::ptrdiff_t>(classes))});
  }
  draw_timeline(png, labels, clips, video.file.filename().string(), thresholds);
}

}  // namespace c3d
