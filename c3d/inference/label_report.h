// The page about videos that were labelled: what was seen in all of them, with pictures of some. One thread.
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

// Commands that label further videos with these weights.
std::vector<ReportCommand> label_commands(const std::filesystem::path& weights);
// Atomically. numbering: of the frames that were labelled. Error: it cannot be written.
void write_labels_page(const std::filesystem::path& html, const LabelFacts& facts, const Numbering& numbering,
                       const std::function<bool()>& stopped);

// Of a run of c3d_infer: collects results as they come, and writes their page at the end.
class LabelReport {
 public:
  // Borrows request and inputs. made_with: what and which, for people.
  LabelReport(const LabelRequest& request, const Inputs& inputs, const ModelInfo& info,
              std::vector<std::pair<std::string, std::string>> made_with);

  void add(const VideoResult& result);
  // To request.report. Videos that an earlier run did are taken from the lines of --json, where that is a
  // file. `heat` may be empty. Error: it cannot be written.
  void write(const ProvideHeat& heat, const std::function<bool()>& stopped);

 private:
  void add_earlier();
  void add_heat(const ProvideHeat& heat);

  const LabelRequest& request_;
  const Inputs& inputs_;
  Numbering numbering_;  // of the frames that the pictures show
  LabelFacts facts_;
};

}  // namespace c3d
