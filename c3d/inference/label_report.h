// The page that --report asks for: what was seen in all videos of a run, with pictures of some of them.
// Collects results as they come, in one thread, and writes the page at the end.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "c3d/inference/inputs.h"
#include "c3d/inference/label_request.h"
#include "c3d/inference/video_result.h"
#include "c3d/report/pages/labels_page.h"

namespace c3d {

// What its pictures may take at the end, which decodes videos again.
inline constexpr double kReportPictureSeconds = 15;

class LabelReport {
 public:
  // Borrows request and inputs. made_with: what and which, for people.
  LabelReport(const LabelRequest& request, const Inputs& inputs, const ModelInfo& info,
              std::vector<std::pair<std::string, std::string>> made_with);

  void add(const VideoResult& result);
  // To request.report, atomically. Videos that an earlier run did are taken from the lines of --json, where
  // that is a file. Error: it cannot be written.
  void write(const std::function<bool()>& stopped);

 private:
  void add_earlier();
  Thumbnails thumbnails(const std::function<bool()>& stopped) const;

  const LabelRequest& request_;
  const Inputs& inputs_;
  LabelFacts facts_;
};

}  // namespace c3d
